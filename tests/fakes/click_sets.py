"""Writers of the fake click evaluation sets. Each returns the root it filled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.io import savemat

from fsannot.data.sample import Sample
from fsannot.data.synthetic import Synthetic

Size = tuple[int, int]
SMALL: Size = (72, 96)


def write_fake_grabcut(root: Path, *, images: int = 3, size: Size = SMALL) -> Path:
    """``images`` photographs, one of them a BMP; a band of value 128 along each outline."""
    for number, sample in enumerate(Synthetic(images=images, images_per_group=1, size=size)):
        mask = _mask(sample)
        mask[ndimage.morphological_gradient(mask, 3) > 0] = 128
        _save(root / "data_GT" / f"{number:03d}.{'bmp' if number == 1 else 'jpg'}", sample.image)
        _save(root / "boundary_GT" / f"{number:03d}.bmp", mask)
    return root


def write_fake_berkeley(root: Path, *, images: int = 3, size: Size = SMALL) -> Path:
    """``images`` photographs with three-channel masks, as image editors store them."""
    for number, sample in enumerate(Synthetic(images=images, images_per_group=1, size=size)):
        _save(root / "images" / f"{number:03d}#1.jpg", sample.image)
        _save(root / "masks" / f"{number:03d}#1.png", np.repeat(_mask(sample)[..., None], 3, axis=2))
    return root


def write_fake_sbd(root: Path, *, images: int = 3, size: Size = SMALL, split: str = "val") -> Path:
    """``images`` listed photographs and one more that is not in the list."""
    names = []
    for number, sample in enumerate(Synthetic(images=images + 1, images_per_group=1, size=size)):
        assert sample.instances is not None
        name = f"2008_{number:06d}"
        names.append(name)
        _save(root / "img" / f"{name}.jpg", sample.image)
        (root / "inst").mkdir(exist_ok=True)
        truth = {
            "Segmentation": sample.instances.astype(np.uint8),
            "Boundaries": np.zeros(0),
            "Categories": np.ones((3, 1), np.uint8),
        }
        savemat(root / "inst" / f"{name}.mat", {"GTinst": truth})
    (root / f"{split}.txt").write_text("".join(f"{name}\n" for name in names[:images]))
    return root


def _mask(sample: Sample) -> np.ndarray:
    return (sample.target * 255).astype(np.uint8)


def _save(file: Path, array: np.ndarray) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(file)
