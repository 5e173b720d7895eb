"""Bad folders and bad files: each is refused with the file, the reason and the remedy."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fsannot.data.camvid import CamVid
from fsannot.data.cityscapes import Cityscapes
from fsannot.data.dataset import Dataset
from fsannot.data.davis import Davis
from fsannot.data.errors import DatasetError, InputError
from fsannot.data.icoseg import ICoseg
from fsannot.data.layout import LayoutError
from fsannot.data.rooftop import Rooftop
from tests import fakes

# name: (writer, class, glob of images, glob of masks)
KINDS: dict[str, tuple[Callable[[Path], Path], Callable[..., Dataset], str, str]] = {
    "icoseg": (fakes.write_fake_icoseg, ICoseg, "images/*/*.jpg", "ground_truth/*/*.png"),
    "davis": (fakes.write_fake_davis, Davis, "JPEGImages/480p/*/*.jpg", "Annotations/480p/*/*.png"),
    "archive": (fakes.write_fake_davis_archive, Davis, "img/*.jpg", "gt/*.png"),
    "rooftop": (fakes.write_fake_rooftop, Rooftop, "*.jpg", "*.mat"),
    "camvid": (fakes.write_fake_camvid, CamVid, "val/*.png", "valannot/*.png"),
    "cityscapes": (
        fakes.write_fake_cityscapes,
        Cityscapes,
        "leftImg8bit/val/*/*.png",
        "gtFine/val/*/*_labelIds.png",
    ),
}


class Fake:
    def __init__(self, kind: str, folder: Path) -> None:
        write, self.open, self._images, self._masks = KINDS[kind]
        self.root = write(folder / kind)

    @property
    def image(self) -> Path:
        return min(self.root.glob(self._images))

    @property
    def mask(self) -> Path:
        return min(self.root.glob(self._masks))


@pytest.fixture(params=KINDS)
def fake(request: pytest.FixtureRequest, tmp_path: Path) -> Fake:
    return Fake(request.param, tmp_path)


@pytest.mark.parametrize("root", ["missing", "a file", "empty"])
def test_wrong_root_shows_the_tree_and_the_source(fake: Fake, tmp_path: Path, root: str) -> None:
    if root == "empty":
        (tmp_path / root).mkdir()
    elif root == "a file":
        (tmp_path / root).write_text("")
    with pytest.raises(LayoutError) as caught:
        fake.open(tmp_path / root)
    message = str(caught.value)
    assert str(tmp_path / root) in message
    assert "└── " in message
    assert "http" in message
    assert "dataset.root=" in message
    assert str(pickle.loads(pickle.dumps(caught.value))) == message  # noqa: S301 its own


@pytest.mark.parametrize("root", [None, "", "  ", 3])
def test_root_must_be_a_path(fake: Fake, root: object) -> None:
    with pytest.raises(InputError, match=r"dataset\.root="):
        fake.open(root)


def test_another_datasets_layout_is_refused(fake: Fake, tmp_path: Path) -> None:
    for kind in KINDS:
        other = Fake(kind, tmp_path / "others")
        if other.open is not fake.open:
            with pytest.raises(LayoutError, match="Expected:"):
                fake.open(other.root)


def test_image_without_mask(fake: Fake) -> None:
    fake.mask.unlink()
    with pytest.raises(LayoutError, match=f"image without mask: .*{fake.image.name}"):
        fake.open(fake.root)


def test_mask_without_image(fake: Fake) -> None:
    fake.image.unlink()
    with pytest.raises(LayoutError, match=f"mask without image: .*{fake.mask.name}"):
        fake.open(fake.root)


def test_only_the_chosen_groups_need_to_be_complete(tmp_path: Path) -> None:
    fake = Fake("icoseg", tmp_path)
    fake.image.unlink()
    with pytest.raises(LayoutError):
        fake.open(fake.root)
    assert len(fake.open(fake.root, groups=["002 Fake Group"])) == 3


@pytest.mark.parametrize("damage", ["empty", "half", "text", "gone", "header"])
@pytest.mark.parametrize("which", ["image", "mask"])
def test_damaged_file_is_named(fake: Fake, which: str, damage: str) -> None:
    file: Path = getattr(fake, which)
    dataset = None if which == "mask" and file.suffix == ".mat" else fake.open(fake.root)
    content = file.read_bytes()
    if damage == "gone":
        if dataset is None:
            pytest.skip("annotations of Rooftop are read on opening, where this is another error")
        file.unlink()
    else:
        file.write_bytes(
            {"empty": b"", "half": content[: len(content) // 2], "text": b"x" * 99}.get(damage, content[:24])
        )
    with pytest.raises(DatasetError, match=rf"{file.name}: .*restore"):
        _ = (dataset or fake.open(fake.root))[0]


def test_mask_of_another_size(fake: Fake) -> None:
    if fake.mask.suffix == ".mat":
        pytest.skip("polygons have no size")
    Image.fromarray(np.zeros((9, 11), np.uint8)).save(fake.mask)
    with pytest.raises(DatasetError, match=rf"{fake.mask.name}: mask is 9×11 .* image is 72×96"):
        fake.open(fake.root)[0]


@pytest.mark.parametrize("kind", ["icoseg", "davis", "camvid", "cityscapes"])
@pytest.mark.parametrize("value", [77, 254])
def test_unknown_label_value(kind: str, value: int, tmp_path: Path) -> None:
    fake = Fake(kind, tmp_path)
    labels = np.array(Image.open(fake.mask))
    labels[3, 4:6] = value
    Image.fromarray(labels).save(fake.mask)
    with pytest.raises(
        DatasetError, match=rf"{fake.mask.name}: unknown label value {value} \(2 pixels\); valid"
    ):
        fake.open(fake.root)[0]


@pytest.mark.parametrize("kind", ["icoseg", "davis", "camvid", "cityscapes"])
def test_coloured_mask_where_labels_belong(kind: str, tmp_path: Path) -> None:
    fake = Fake(kind, tmp_path)
    Image.fromarray(np.random.default_rng(0).integers(0, 2, (72, 96, 3), np.uint8)).save(fake.mask)
    with pytest.raises(DatasetError, match="coloured"):
        fake.open(fake.root)[0]


@pytest.mark.parametrize(
    ("mode", "stored"), [("1", (0, 255)), ("L", (0, 1)), ("L", (0, 255)), ("P", (0, 1)), ("RGB", (0, 255))]
)
def test_mask_encodings_in_use(tmp_path: Path, mode: str, stored: tuple[int, int]) -> None:
    fake = Fake("icoseg", tmp_path)
    expected = fake.open(fake.root)[0].target
    plain = Image.fromarray(np.array(stored, np.uint8)[expected])
    if mode == "P":
        plain.putpalette([0, 0, 0, 255, 255, 255])
    (plain if mode == "P" else plain.convert(mode)).save(fake.mask)
    np.testing.assert_array_equal(fake.open(fake.root)[0].target, expected)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_images_of_any_8_bit_mode_become_rgb(tmp_path: Path, mode: str) -> None:
    fake = Fake("icoseg", tmp_path)
    grey = Image.open(fake.image).convert("L")
    grey.convert(mode).save(fake.image.with_suffix(".tif"))
    fake.image.unlink()
    image = fake.open(fake.root).image(0)
    assert image.shape == (72, 96, 3)
    assert np.abs(image.astype(int) - np.asarray(grey)[..., None]).max() <= 2


def test_deep_images_are_refused(tmp_path: Path) -> None:
    fake = Fake("camvid", tmp_path)
    Image.fromarray(np.zeros((72, 96), np.uint16)).save(fake.image)
    with pytest.raises(DatasetError, match="not an 8-bit image"):
        fake.open(fake.root).image(0)


def test_two_files_of_one_stem(fake: Fake) -> None:
    if "cityscapes" in str(fake.root):
        pytest.skip("one suffix only")
    shutil.copy(fake.image, fake.image.with_suffix(".bmp"))
    with pytest.raises(DatasetError, match="same stem"):
        fake.open(fake.root)


def test_clutter_of_operating_systems_is_no_image(fake: Fake) -> None:
    ids = fake.open(fake.root).ids
    for folder in {fake.image.parent, fake.mask.parent}:
        (folder / "Thumbs.db").write_bytes(b"1")
        (folder / f"._{fake.image.name}").write_bytes(b"1")
        (folder / ".DS_Store").write_bytes(b"1")
    (fake.root / "__MACOSX").mkdir()
    assert fake.open(fake.root).ids == ids


def test_content_changes_the_fingerprint_and_place_does_not(fake: Fake, tmp_path: Path) -> None:
    before = fake.open(fake.root).fingerprint()
    moved = shutil.copytree(fake.root, tmp_path / "moved")
    assert fake.open(moved).fingerprint() == before
    content = bytearray(fake.image.read_bytes())
    content[-8] ^= 1  # same size
    fake.image.write_bytes(content)
    assert fake.open(fake.root).fingerprint() != before


@pytest.mark.parametrize("kind", ["davis", "camvid"])
@pytest.mark.parametrize(
    "line",
    [
        "/JPEGImages/480p/../../../etc/00000.jpg /Annotations/480p/../../../etc/00000.png",
        "/SegNet/CamVid/val/../../x.png /SegNet/CamVid/valannot/../../x.png",
        "/etc/passwd /etc/shadow",
        "C:\\images\\1.png C:\\masks\\1.png",
        "only-one-word",
        "/JPEGImages/480p/a/00000.jpg /Annotations/480p/b/00000.png",
        "/x/val/a.png /x/valannot/b.png",
        "\x00 \x00",
    ],
)
def test_list_lines_that_leave_the_root_or_make_no_pair(kind: str, line: str, tmp_path: Path) -> None:
    fake = Fake(kind, tmp_path)
    (file,) = fake.root.rglob("val.txt")
    file.write_text(file.read_text() + line + "\n")
    number = len(file.read_text().splitlines())
    with pytest.raises(DatasetError, match=rf"val.txt, line {number}: .*restore the official list"):
        fake.open(fake.root)


@pytest.mark.parametrize("kind", ["davis", "camvid"])
@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe\x00\x81"])
def test_list_without_usable_lines(kind: str, content: bytes, tmp_path: Path) -> None:
    fake = Fake(kind, tmp_path)
    (file,) = fake.root.rglob("val.txt")
    file.write_bytes(content)
    with pytest.raises(DatasetError, match=r"val\.txt: "):
        fake.open(fake.root)


@pytest.mark.parametrize("kind", ["davis", "camvid"])
def test_listed_file_that_is_not_there(kind: str, tmp_path: Path) -> None:
    fake = Fake(kind, tmp_path)
    image, mask = fake.image, fake.mask
    image.unlink()
    mask.unlink()
    with pytest.raises(LayoutError, match=f"listed but not there: .*{image.stem}"):
        fake.open(fake.root)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_folder(tmp_path: Path) -> None:
    fake = Fake("archive", tmp_path)
    (fake.root / "img").chmod(0)
    try:
        with pytest.raises(DatasetError, match="permissions"):
            fake.open(fake.root)
    finally:
        (fake.root / "img").chmod(0o755)
