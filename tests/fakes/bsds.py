"""BSDS500 in the layout of its official archive."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat


def write_bsds(root: Path, split: str, stems: list[str], annotators: int = 2) -> Path:
    """Images with one vertical step; each annotator draws it a pixel further right.

    MATLAB files hold a cell array of 1×1 structs.
    """
    images, truths = root / "data/images" / split, root / "data/groundTruth" / split
    images.mkdir(parents=True)
    truths.mkdir(parents=True)
    for stem in stems:
        picture = np.full((28, 40, 3), int(stem), np.uint8)
        picture[:, 20:] = 200
        Image.fromarray(picture).save(images / f"{stem}.jpg", quality=95)
        cells = np.empty((1, annotators), object)
        for k in range(annotators):
            segmentation = np.ones((28, 40), np.uint16)
            segmentation[:, 20 + k :] = 2
            boundaries = np.zeros((28, 40), np.uint8)
            boundaries[:, 19 + k] = 1
            cells[0, k] = {"Segmentation": segmentation, "Boundaries": boundaries}
        savemat(truths / f"{stem}.mat", {"groundTruth": cells})
    (images / "Thumbs.db").write_bytes(b"")  # the official archive has one
    return root
