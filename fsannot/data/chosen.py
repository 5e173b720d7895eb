"""Images that the default settings were chosen on, so that a result on these very images says so."""

from __future__ import annotations

from typing import Any

from fsannot.data.camvid import CamVid
from fsannot.data.dataset import Dataset
from fsannot.data.davis import Davis

CHOSEN_ON = "DAVIS dev-5 and CamVid train"
"""Images that the default settings, the shipped networks apart, were chosen on."""
DEV5 = ("blackswan", "bmx-trees", "breakdance", "camel", "car-roundabout")
"""Sequences of DAVIS dev-5: alphabetically the first five of the ten at hand."""


def chosen_record(dataset: Dataset, chosen_on: str = CHOSEN_ON) -> dict[str, Any]:
    """What ``provenance.json`` says of the images that a run's settings were chosen on.

    Args:
        dataset: of the run.
        chosen_on: images that its settings were chosen on, in words.

    Returns:
        ``what``: the words; ``images``: how many images the run has; ``among_them``: how many of them the settings
        were chosen on; None where that is not known: the words are not the default ones, or the images are the archive
        of DAVIS, which does not say what sequence a frame is of.

    Examples:
        >>> from fsannot.data.synthetic import Synthetic
        >>> chosen_record(Synthetic(images=2, size=(48, 56)))
        {'what': 'DAVIS dev-5 and CamVid train', 'images': 2, 'among_them': 0}
    """
    seen = _among_them(dataset) if chosen_on == CHOSEN_ON else None
    return {"what": chosen_on, "images": len(dataset), "among_them": seen}


def chosen_sentence(record: dict[str, Any]) -> str:
    """A record as a sentence.

    Args:
        record: of ``chosen_record``.

    Returns:
        the sentence.

    Examples:
        >>> chosen_sentence({"what": "DAVIS dev-5", "images": 40, "among_them": 40})
        'Settings were chosen on DAVIS dev-5: on these very images.'
        >>> chosen_sentence({"what": "my own images", "images": 9, "among_them": None})
        'Settings were chosen on my own images.'
    """
    said = f"Settings were chosen on {record['what']}"
    if not record["among_them"]:
        return f"{said}, none of these images." if record["among_them"] == 0 else f"{said}."
    if record["among_them"] == record["images"]:
        return f"{said}: on these very images."
    return f"{said}: {record['among_them']} of these {record['images']} images are among them."


def _among_them(dataset: Dataset) -> int | None:
    if isinstance(dataset, CamVid):
        return len(dataset) if dataset.split == "train" else 0
    if isinstance(dataset, Davis):
        return None if dataset.layout == "archive" else sum(group in DEV5 for group in dataset.groups)
    return 0
