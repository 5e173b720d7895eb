"""Writers of the fake datasets. Each returns the root it filled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

from fsannot.data.sample import Sample
from fsannot.data.synthetic import Synthetic

Size = tuple[int, int]
SMALL: Size = (72, 96)
# classes of the scenes → stored labels of the street datasets; sky hill ground water tree rock prop object
_CAMVID = np.array([0, 1, 3, 4, 5, 7, 6, 8], np.uint8)
_CITYSCAPES = np.array([23, 11, 7, 8, 21, 12, 20, 26], np.uint8)


def write_fake_icoseg(root: Path, *, groups: int = 2, images: int = 3, size: Size = SMALL) -> Path:
    """``groups`` groups of ``images`` photographs."""
    for sample in _scenes(groups * images, images, size):
        group = f"{int(sample.group[-2:]) + 1:03d} Fake Group"
        stem = sample.id.rpartition("/")[2]
        _save(root / "images" / group / f"{stem}.jpg", sample.image)
        _save(root / "ground_truth" / group / f"{stem}.png", _mask(sample))
    return root


def write_fake_davis(
    root: Path,
    *,
    sequences: int = 2,
    frames: int = 3,
    step: int = 10,
    split: str = "val",
    size: Size = SMALL,
    names: Sequence[str] = (),
) -> Path:
    """``sequences`` sequences of ``frames`` frames numbered 0, ``step``, 2 ``step``…; 1 gives a full copy.

    With ``names`` there is a sequence of each of them.
    """
    lines = []
    for position, sample in enumerate(_scenes((len(names) or sequences) * frames, frames, size)):
        sequence = names[position // frames] if names else sample.group
        at = f"480p/{sequence}/{position % frames * step:05d}"
        _save(root / f"JPEGImages/{at}.jpg", sample.image)
        _save(root / f"Annotations/{at}.png", _mask(sample))
        lines.append(f"/JPEGImages/{at}.jpg /Annotations/{at}.png\n")
    _write(root / f"ImageSets/480p/{split}.txt", "".join(lines))
    return root


def write_fake_davis_archive(root: Path, *, frames: int = 3, size: Size = SMALL) -> Path:
    """The layout of the 345-frame archive; each object in its own colour."""
    colours = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128]], np.uint8)
    for position, sample in enumerate(_scenes(frames, 1, size)):
        assert sample.instances is not None
        _save(root / f"img/{position:03d}.jpg", sample.image)
        _save(root / f"gt/{position:03d}.png", colours[sample.instances])
    return root


def write_fake_camvid(root: Path, *, split: str = "val", frames: int = 3, size: Size = SMALL) -> Path:
    """``frames`` frames of one recording; the bottom row is void."""
    lines = []
    for sample in _scenes(frames, frames, size, task="semantic"):
        name = f"0016E5_{sample.id[-4:]}.png"
        labels = _CAMVID[sample.target]
        labels[-1] = 11
        _save(root / split / name, sample.image)
        _save(root / f"{split}annot" / name, labels)
        lines.append(f"/SegNet/CamVid/{split}/{name} /SegNet/CamVid/{split}annot/{name}\n")
    _write(root / f"{split}.txt", "".join(lines))
    return root


def write_fake_cityscapes(
    root: Path,
    *,
    split: str = "val",
    cities: int = 2,
    images: int = 2,
    instances: bool = True,
    size: Size = SMALL,
) -> Path:
    """``cities`` cities of ``images`` images; the bottom row is the ego vehicle, which is ignored."""
    names = ("frankfurt", "lindau", "munster", "aachen")
    for sample in _scenes(cities * images, images, size, task="semantic"):
        assert sample.instances is not None
        city = names[int(sample.group[-2:])]
        stem = f"{city}/{city}_{sample.id[-4:]}_000019"
        labels = _CITYSCAPES[sample.target]
        labels[-1] = 1
        _save(root / f"leftImg8bit/{split}/{stem}_leftImg8bit.png", sample.image)
        _save(root / f"gtFine/{split}/{stem}_gtFine_labelIds.png", labels)
        if instances:
            single = labels.astype(np.uint16) * 1000 + sample.instances.astype(np.uint16) - 1
            stored = np.where((labels == 26) & (sample.instances > 0), single, labels).astype(np.uint16)
            _save(root / f"gtFine/{split}/{stem}_gtFine_instanceIds.png", stored)
    return root


def write_fake_rooftop(root: Path, *, images: int = 2, empty: int = 1, size: Size = SMALL) -> Path:
    """``images`` images with two quadrangular roofs, and ``empty`` images without any."""
    h, w = size
    for position, sample in enumerate(_scenes(images + empty, 1, size)):
        image, roofs = sample.image.copy(), []
        for number in range(2 if position < images else 0):
            left, top = w * (0.1 + 0.45 * number), h * (0.2 + 0.1 * position / (images + empty))
            x, y = (
                np.array([left, left + w * 0.3, left + w * 0.35, left]),
                top + h * np.array([0, 0.05, 0.5, 0.45]),
            )
            roofs.append(np.stack([x, y], 1))
            inside = (slice(int(y[0]) + 4, int(y[3]) - 1), slice(int(x[0]) + 1, int(x[1]) - 1))
            image[inside] = (170, 70 + 60 * number, 60)
        cells = np.empty((1, len(roofs)), object)
        cells[0, :] = roofs if roofs else None
        _save(root / f"{position + 1:03d}.jpg", image)
        savemat(root / f"{position + 1:03d}.mat", {"gt": cells})
    return root


def write_fake_folder(root: Path, *, folders: int = 2, images: int = 3, size: Size = SMALL) -> Path:
    """``folders`` folders of ``images`` photographs without ground truth."""
    for sample in _scenes(folders * images, images, size):
        _save(root / f"{sample.id}.jpg", sample.image)
    return root


def write_fake_data_root(root: Path, *, size: Size = SMALL) -> Path:
    """All datasets, in the folders the configs expect below ``data_root``."""
    write_fake_icoseg(root / "iCoseg", size=size)
    write_fake_davis(root / "DAVIS", size=size)
    write_fake_rooftop(root / "Rooftop", size=size)
    write_fake_cityscapes(root / "Cityscapes", size=size)
    write_fake_camvid(root / "CamVid", split="train", size=size)
    write_fake_camvid(root / "CamVid", split="val", size=size)
    return root


def _scenes(count: int, per_group: int, size: Size, task: str = "foreground") -> Iterator[Sample]:
    return iter(Synthetic(images=count, images_per_group=per_group, size=size, task=task))  # type: ignore[arg-type]


def _mask(sample: Sample) -> np.ndarray:
    return (sample.target * 255).astype(np.uint8)


def _save(file: Path, array: np.ndarray) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(file)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
