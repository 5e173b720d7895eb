"""A ZIP for CVAT: its format "CVAT for images 1.1" with masks.

It is CVAT's own format, read without a conversion: masks pixel by pixel, one object a region, images without any.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree as Tree

import numpy as np

from fsannot.evaluation.rows import write_atomically
from fsannot.exports.labelling import Labelling
from fsannot.exports.regions import Region, Regions, find_regions
from fsannot.progress import counted
from fsannot.report.palette import class_colour

FILE = "annotations.zip"
LABELS = "labels.json"
_WRITTEN = (1980, 1, 1, 0, 0, 0)  # the same masks give the same bytes


def write_cvat(labelling: Labelling, folder: Path) -> Path:
    """Write ``annotations.zip`` and ``labels.json``.

    The ZIP holds ``annotations.xml`` with one ``<mask>`` for each connected region of a class; the background has none.
    ``labels.json`` is what CVAT's page for a new task takes as its labels under *Raw*.

    Args:
        labelling: the images.
        folder: made when missing.

    Returns:
        the ZIP.

    Raises:
        InputError: a mask holds a class without a name.
        ResultsError: a file cannot be written.

    Reference:
        docs.cvat.ai/docs/other/xml_format, version 1.1, mode "annotation".
    """
    root = Tree.Element("annotations")
    Tree.SubElement(root, "version").text = "1.1"
    names = [(labelling.classes[label], class_colour(label)) for label in labelling.objects]
    _meta(root, len(labelling.images), names)
    for number, image in enumerate(counted(labelling.images, "cvat", unit="image")):
        labels = labelling.read(image)
        height, width = labels.shape
        size = {"width": str(width), "height": str(height)}
        entry = Tree.SubElement(root, "image", {"id": str(number), "name": image.file_name, **size})
        found = find_regions(labels, labelling.objects)
        for region in found:
            _mask(entry, found, region, labelling.classes[region.label])
    Tree.indent(root)
    xml = Tree.tostring(root, encoding="utf-8", xml_declaration=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo("annotations.xml", _WRITTEN)
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, xml)
    labels_json = [{"name": name, "color": color, "type": "mask", "attributes": []} for name, color in names]
    write_atomically(folder / LABELS, json.dumps(labels_json, ensure_ascii=False, indent=1).encode())
    write_atomically(folder / FILE, packed.getvalue())
    return folder / FILE


def _meta(root: Tree.Element, images: int, names: list[tuple[str, str]]) -> None:
    task = Tree.SubElement(Tree.SubElement(root, "meta"), "task")
    Tree.SubElement(task, "name").text = "fsannot"
    Tree.SubElement(task, "size").text = str(images)
    Tree.SubElement(task, "mode").text = "annotation"
    labels = Tree.SubElement(task, "labels")
    for name, color in names:
        label = Tree.SubElement(labels, "label")
        Tree.SubElement(label, "name").text = name
        Tree.SubElement(label, "color").text = color
        Tree.SubElement(label, "type").text = "mask"
        Tree.SubElement(label, "attributes")


def _mask(entry: Tree.Element, found: Regions, region: Region, name: str) -> None:
    left, top, width, height = map(str, region.box)
    attributes = {"label": name, "source": "manual", "occluded": "0", "rle": _counts(found.cut(region))}
    place = {"left": left, "top": top, "width": width, "height": height, "z_order": "0"}
    Tree.SubElement(entry, "mask", attributes | place)


def _counts(inside: np.ndarray) -> str:
    """Lengths of runs along the rows of bool (h, w), the first of pixels outside."""
    flat = inside.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    lengths = np.diff(np.r_[0, changes, flat.size]).tolist()
    return ", ".join(map(str, [0, *lengths] if flat[0] else lengths))
