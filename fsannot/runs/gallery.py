"""Images a run shows as examples: its best and its worst, with their ground truth, small enough for a page.

``figures/gallery.json`` lists them; ``figures/gallery/NNN.jpg`` is the image, ``NNN.png`` its ground truth.
Results
are not stored here: the report reads them from ``masks/``, so that it can show masks of several runs.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np
from PIL import Image

from fsannot.data.decode import decoded
from fsannot.data.errors import DatasetError, InputError, ResultsError
from fsannot.data.sample import Sample
from fsannot.evaluation.results import ResultRow, read_json
from fsannot.evaluation.rows import write_atomically

INDEX = Path("figures/gallery.json")
FILES = Path("figures/gallery")
WIDTH = 480
QUALITY = 82
IGNORED = 255
"""Value of pixels without ground truth in the stored target."""

Kind = Literal["best", "worst", "labelled"]


@dataclass(frozen=True, eq=False)
class Example:
    """An example image at page size.

    Attributes:
        id: the image's id.
        kind: why it is shown; ``"labelled"`` where nothing says how good its mask is.
        classes: class names by index; two, the first being background, in a foreground set.
        jpeg: the encoded image, at most 480 pixels wide.
        shape: (h, w) of that image.
        target: int32 (h, w), class index or −1 for pixels without ground truth; None where the image has none.
    """

    id: str
    kind: Kind
    classes: tuple[str, ...]
    jpeg: bytes
    shape: tuple[int, int]
    target: np.ndarray | None


def image_scores(rows: Sequence[ResultRow]) -> dict[str, float]:
    """Quality of each image: the mean over its rows of IoU, or of agreement where there is no IoU.

    Args:
        rows: of one run.

    Returns:
        image id → quality in [0, 1]; images without either are left out.
    """
    values: dict[str, list[float]] = {}
    for row in rows:
        value = row.iou if row.iou is not None else row.agreement
        if value is not None:
            values.setdefault(row.image, []).append(value)
    return {image: float(np.mean(scores)) for image, scores in values.items()}


def choose_examples(rows: Sequence[ResultRow], count: int = 4) -> dict[str, Kind]:
    """The best and the worst images of a run; none twice, ties go by id. Without quality, images from all of the run.

    Args:
        rows: of the run.
        count: how many best and how many worst images, at most.

    Returns:
        image id → why it is chosen, best first.
    """
    scores = image_scores(rows)
    if not scores:
        images = list(dict.fromkeys(row.image for row in rows))
        picked = np.unique(np.linspace(0, len(images) - 1, 2 * count).round().astype(int))
        return {images[i]: "labelled" for i in picked.tolist()} if images else {}
    ranked = sorted(scores, key=lambda image: (-scores[image], image))
    worst = ranked[max(len(ranked) - count, (len(ranked) + 1) // 2) :]
    best = ranked[: min(count, len(ranked) - len(worst))]
    kinds: dict[str, Kind] = dict.fromkeys(best, "best")
    return kinds | dict.fromkeys(worst, "worst")


def write_gallery(
    folder: Path | str, chosen: dict[str, Kind], samples: Iterable[Sample], classes: Sequence[str]
) -> None:
    """Store example images in a run directory.

    Args:
        folder: the run directory.
        chosen: image id → why, as ``choose_examples`` gives; shown in this order.
        samples: at least those images; others are passed over.
        classes: class names by index.

    Raises:
        InputError: a chosen image is not among the samples.
        ResultsError: it cannot be written.
    """
    found = {sample.id: sample for sample in samples if sample.id in chosen}
    missing = [image for image in chosen if image not in found]
    if missing:
        raise InputError(f"gallery: no sample has the id {missing[0]!r}; pass the samples the results are of")
    entries = []
    for number, (image_id, kind) in enumerate(chosen.items()):
        sample = found[image_id]
        h, w = sample.image.shape[:2]
        scale = min(1.0, WIDTH / w)
        size = (max(1, round(w * scale)), max(1, round(h * scale)))
        small = cv2.resize(sample.image, size, interpolation=cv2.INTER_AREA)
        jpeg = io.BytesIO()
        Image.fromarray(small).save(jpeg, "JPEG", quality=QUALITY)
        write_atomically(Path(folder, FILES, f"{number:03d}.jpg"), jpeg.getvalue())
        if sample.target is not None:
            target, png = nearest(sample.target, (size[1], size[0])), io.BytesIO()
            Image.fromarray(np.where(target < 0, IGNORED, target).astype(np.uint8)).save(png, "PNG")
            write_atomically(Path(folder, FILES, f"{number:03d}.png"), png.getvalue())
        entries.append({"id": image_id, "kind": kind, "file": f"{number:03d}"})
    index = {"classes": list(classes), "images": entries}
    write_atomically(Path(folder, INDEX), (json.dumps(index, indent=1, ensure_ascii=False) + "\n").encode())


def read_gallery(folder: Path | str) -> list[Example]:
    """The examples of a run directory.

    Args:
        folder: the run directory.

    Returns:
        the examples in the order of the page; empty where the run has none.

    Raises:
        ResultsError: half written, or an image and its target differ in size; names the file.
    """
    path = Path(folder, INDEX)
    if not path.exists():
        return []
    index = read_json(path)
    examples = []
    try:
        for entry in index["images"]:
            stem = Path(folder, FILES, Path(entry["file"]).name)
            photo = decoded(stem.with_suffix(".jpg"), "run again", formats=("JPEG",))
            jpeg, shape = stem.with_suffix(".jpg").read_bytes(), (photo.height, photo.width)
            kind: Kind = entry["kind"]
            if kind not in get_args(Kind):
                raise ValueError(f"kind {kind!r} is not known")
            target = None if kind == "labelled" else _read_target(stem, shape)
            examples.append(Example(entry["id"], kind, tuple(index["classes"]), jpeg, shape, target))
    except DatasetError as error:
        raise ResultsError(str(error)) from error
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultsError(f"{path}: half written ({error}); run again") from error
    return examples


def _read_target(stem: Path, shape: tuple[int, int]) -> np.ndarray:
    """The stored ground truth of an image, int32 (h, w)."""
    stored = decoded(stem.with_suffix(".png"), "run again", formats=("PNG",))
    if stored.mode not in {"L", "P"} or stored.size != shape[::-1]:
        raise ResultsError(
            f"{stem}.png: {stored.mode} {stored.size}, one channel of {shape[::-1]} as its image is needed; run again"
        )
    target = np.array(stored, np.int32)
    target[target == IGNORED] = -1
    return target


def nearest(labels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A label map at another size, by nearest neighbor; values are kept.

    Args:
        labels: int (H, W).
        shape: (h, w), pixels.

    Returns:
        int32 (h, w).
    """
    return cv2.resize(labels.astype(np.float32), shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT).astype(
        np.int32
    )
