"""COCO instances: one JSON file with the connected regions of all images as run-length encoded masks.

Pixels are exact. Polygons would be smaller for round things, and could not hold what a mask holds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from fsannot.evaluation.rows import write_atomically
from fsannot.exports.labelling import Labelling
from fsannot.exports.regions import Regions, find_regions
from fsannot.progress import counted

FILE = "instances.json"


def write_coco(labelling: Labelling, folder: Path) -> Path:
    """Write ``instances.json``.

    Images are numbered from 1 in their order, and so are the classes without the background. Every connected region is
    an annotation with ``iscrowd`` 0. What is unlabelled, and the background, has none.

    Args:
        labelling: the images.
        folder: made when missing.

    Returns:
        the file.

    Raises:
        InputError: a mask holds a class without a name.
        ResultsError: the file cannot be written.

    Reference:
        Lin et al.: Microsoft COCO: Common Objects in Context, ECCV 2014; cocodataset.org/#format-data.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    category = category_ids(labelling)
    for number, image in enumerate(counted(labelling.images, "coco", unit="image"), start=1):
        labels = labelling.read(image)
        images.append(image_entry(number, image.file_name, labels))
        found = find_regions(labels, labelling.objects)
        for region, mask in zip(found, run_length_encoded(found), strict=True):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": category[region.label],
                    "segmentation": mask,
                    "area": region.area,
                    "bbox": list(region.box),
                    "iscrowd": 0,
                }
            )
    content = {
        "info": {"description": "Written by fsannot; an instance is a connected region of a class"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [
            {"id": category[label], "name": labelling.classes[label], "supercategory": ""}
            for label in labelling.objects
        ],
    }
    write_atomically(folder / FILE, json.dumps(content, ensure_ascii=False).encode())
    return folder / FILE


def category_ids(labelling: Labelling) -> dict[int, int]:
    """Number of each object class in COCO's files, from 1.

    Args:
        labelling: gives the classes.

    Returns:
        class → number.
    """
    return {label: number for number, label in enumerate(labelling.objects, start=1)}


def image_entry(number: int, file_name: str, labels: np.ndarray) -> dict[str, Any]:
    """An entry of ``images``.

    Args:
        number: of the image.
        file_name: of the image.
        labels: (H, W), for the size.

    Returns:
        JSON-ready.
    """
    height, width = labels.shape
    return {"id": number, "file_name": file_name, "width": width, "height": height}


def run_length_encoded(found: Regions) -> list[dict[str, Any]]:
    """Masks of regions in COCO's compressed run-length encoding, which goes down the columns.

    Args:
        found: the regions of an image.

    Returns:
        ``{"size": [H, W], "counts": text}`` of each region.

    Example:
        >>> run_length_encoded(find_regions(np.array([[1, 0], [1, 0]]), [1]))
        [{'size': [2, 2], 'counts': '022'}]
    """
    height, width = found.components.shape
    flat = found.components.ravel(order="F")
    starts = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]])  # of runs of one region, all regions together
    lengths = np.diff(np.r_[starts, flat.size])
    order = np.argsort(flat[starts], kind="stable")
    bounds = np.searchsorted(flat[starts][order], np.arange(1, len(found.regions) + 2))
    masks = []
    for region in found:
        own = order[bounds[region.number - 1] : bounds[region.number]]
        masks.append(_compressed(starts[own], lengths[own], height, width))
    return masks


def _compressed(starts: np.ndarray, lengths: np.ndarray, height: int, width: int) -> dict[str, Any]:
    ends = starts + lengths
    gaps = starts - np.r_[0, ends[:-1]]
    counts = [*np.stack([gaps, lengths], 1).ravel().tolist(), height * width - int(ends[-1])]
    encoded = coco_mask.frPyObjects({"counts": counts, "size": [height, width]}, height, width)
    return {"size": [height, width], "counts": encoded["counts"].decode("ascii")}
