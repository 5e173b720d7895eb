"""Masks of a finished run in the formats of other tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from fsannot.data.dataset import Dataset
from fsannot.data.errors import InputError, ResultsError
from fsannot.evaluation.results import read_results
from fsannot.exports.formats import FORMATS, write_formats
from fsannot.exports.labelling import LabelledImage, Labelling
from fsannot.runs.directory import RunDirectory
from fsannot.runs.masks import read_mask
from fsannot.studies.simulated import Simulation
from fsannot.studies.stored_config import stored_config, stored_dataset

CLASSES = "classes.json"
"""Names of the classes, where a person changed them during a session."""


def export(
    run: Simulation | RunDirectory | Path | str,
    formats: Sequence[str] = tuple(FORMATS),
    *,
    output: Path | str | None = None,
) -> dict[str, Path]:
    """Write the masks of a run for other tools, a folder for each format.

    ``coco``: instances as run-length encoded masks; ``panoptic``: JSON and PNGs; ``cvat``: a ZIP that CVAT imports;
    ``overlay``: each image with its mask over it. An instance is a connected region of a class. Pixels without a label
    stay without. Palette PNGs are in the run directory already, under ``masks/``.

    Args:
        run: a run directory of a person, a robot or a click baseline, or a finished session. The images of the run must
            be where its configuration says.
        formats: of the above.
        output: a folder; None is ``export`` in the run directory. What it holds of these formats is replaced.

    Returns:
        format → its main file; of ``overlay``, the folder.

    Raises:
        InputError: an unknown format, a finished session without ``output``, or a mask with a class without a name.
        ResultsError: the run is not finished, its images are not those it was made on, or a file cannot be written.
        DatasetError: its images are not there.
    """
    if isinstance(run, Simulation):
        if output is None:
            raise InputError("a session that was not saved has no folder; name one with output=<folder>")
        return write_formats(labelling_of(run.dataset, run.masks.__getitem__), Path(output), formats)
    folder = run.path if isinstance(run, RunDirectory) else Path(run)
    dataset = stored_dataset(stored_config(folder), folder)
    judged = {row.image for row in read_results(folder / "results.csv")}
    labelling = labelling_of(dataset, partial(read_mask, folder), classes=_stored_names(folder), only=judged)
    return write_formats(labelling, Path(output) if output is not None else folder / "export", formats)


def labelling_of(
    dataset: Dataset,
    mask: Callable[[str], np.ndarray],
    *,
    classes: tuple[str, ...] | None = None,
    only: Collection[str] | None = None,
) -> Labelling:
    """What the formats write of a dataset.

    Args:
        dataset: the images.
        mask: image id → int (H, W), class of each pixel, −1 = unlabelled.
        classes: names by index; None takes those of the dataset.
        only: ids of the images that have a mask; None where all have one.

    Returns:
        images and masks, each read when it is asked for.
    """
    images = [
        LabelledImage(name, dataset.file_name(index), partial(mask, name), partial(dataset.image, index))
        for index, name in enumerate(dataset.ids)
        if only is None or name in only
    ]
    return Labelling(images, classes or dataset.classes, dataset.task)


def _stored_names(folder: Path) -> tuple[str, ...] | None:
    path = folder / CLASSES
    if not path.is_file():
        return None
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path}: not a list of class names ({error}); mend or delete it") from error
    if not isinstance(names, list) or len(names) < 2 or not all(isinstance(name, str) for name in names):
        raise ResultsError(f"{path}: not a list of class names; mend or delete it")
    return tuple(names)
