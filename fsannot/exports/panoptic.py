"""COCO panoptic: every pixel has at most one segment, an object or the background; what is unlabelled is void."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from fsannot.evaluation.rows import write_atomically
from fsannot.exports.coco import category_ids, image_entry
from fsannot.exports.labelling import Labelling
from fsannot.exports.regions import find_regions
from fsannot.progress import counted
from fsannot.runs.masks import inside

FILE = "panoptic.json"
MASKS = "panoptic"


def write_panoptic(labelling: Labelling, folder: Path) -> Path:
    """Write ``panoptic.json`` and, for each image, ``panoptic/<id>.png``, whose colors are the numbers of segments.

    Objects (``isthing`` 1) are the connected regions of a class. Where somebody labelled background in a set of several
    classes, it is one more category, with one segment an image (``isthing`` 0). In foreground sets background is also
    what nobody labelled, so it is void, as unlabelled pixels are.

    Args:
        labelling: the images.
        folder: made when missing.

    Returns:
        the JSON file.

    Raises:
        InputError: a mask holds a class without a name.
        ResultsError: a file cannot be written.

    Reference:
        Kirillov, He, Girshick, Rother, Dollár: Panoptic Segmentation, CVPR 2019; cocodataset.org/#format-data.
    """
    category = category_ids(labelling)
    categories: list[dict[str, Any]] = [
        {"id": category[label], "name": labelling.classes[label], "supercategory": "", "isthing": 1}
        for label in labelling.objects
    ]
    background = None
    if labelling.has_background and labelling.task == "semantic":
        background = len(categories) + 1
        categories.append({"id": background, "name": labelling.classes[0], "supercategory": "", "isthing": 0})
    images, annotations = [], []
    for number, image in enumerate(counted(labelling.images, "panoptic", unit="image"), start=1):
        labels = labelling.read(image)
        found = find_regions(labels, labelling.objects)
        segments, numbers = [], found.components.copy()
        for region in found:
            segments.append(_segment(region.number, category[region.label], region.area, region.box))
        if background is not None and (labels == 0).any():
            rows, columns = np.nonzero(labels == 0)
            left, top = int(columns.min()), int(rows.min())
            box = (left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1)
            segments.append(_segment(len(segments) + 1, background, len(rows), box))
            numbers[labels == 0] = len(segments)
        file_name = f"{image.id}.png"
        write_atomically(inside(folder / MASKS, file_name), _png(numbers))
        images.append(image_entry(number, image.file_name, labels))
        annotations.append({"image_id": number, "file_name": file_name, "segments_info": segments})
    content = {
        "info": {"description": "Written by fsannot; an object is a connected region of a class"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }
    write_atomically(folder / FILE, json.dumps(content, ensure_ascii=False).encode())
    return folder / FILE


def _segment(number: int, category: int, area: int, box: tuple[int, int, int, int]) -> dict[str, Any]:
    return {"id": number, "category_id": category, "area": area, "bbox": list(box), "iscrowd": 0}


def _png(numbers: np.ndarray) -> bytes:
    """int (H, W), number of each pixel's segment, 0 = void, as R + 256 G + 256² B."""
    colors = np.stack([numbers & 255, numbers >> 8 & 255, numbers >> 16 & 255], axis=-1).astype(np.uint8)
    png = io.BytesIO()
    Image.fromarray(colors).save(png, "PNG")
    return png.getvalue()
