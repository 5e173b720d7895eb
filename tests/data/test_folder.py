"""Photographs of one's own: what is found, how it is read, and what is refused."""

from __future__ import annotations

import io
import logging
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf
from PIL import Image

import fsannot as fa
from fsannot.data.check import check
from fsannot.data.dataset import require_truth
from fsannot.data.decode import MAX_PIXELS
from fsannot.data.errors import DatasetError, InputError
from fsannot.data.folder import Folder
from fsannot.data.photo import read_photo
from tests.fakes import write_fake_folder

CONF = Path(__file__).parents[2] / "conf/dataset/folder.yaml"
ORIENTATION = 0x0112


def picture(*size: int, seed: int = 0) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (*(size or (24, 32)), 3))
    return Image.fromarray(values.astype(np.uint8))


def test_photos_become_a_dataset_by_their_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "trip").mkdir()
    picture().save(tmp_path / "IMG_1.jpg")
    picture().save(tmp_path / "trip/IMG_1.png")
    photos = fa.dataset("folder", root=tmp_path, classes=["background", "dog", "cat"])
    assert photos.ids == ("IMG_1", "trip/IMG_1")
    assert photos.groups == (".", "trip")
    assert photos.classes == ("background", "dog", "cat") and photos.task == "semantic"
    assert photos.file_name(1) == "trip/IMG_1.png"
    assert photos.image(1).shape == (24, 32, 3)
    assert not photos.has_truth and photos[0].target is None


def test_two_classes_with_a_background_are_a_foreground_set(tmp_path: Path) -> None:
    root = write_fake_folder(tmp_path)
    assert Folder(root).task == "foreground" and Folder(root).classes == ("background", "object")
    assert Folder(root, classes=["cat", "dog"]).task == "semantic"


def test_every_argument_is_in_the_yaml(tmp_path: Path) -> None:
    written = OmegaConf.to_container(OmegaConf.load(CONF), resolve=False)
    assert isinstance(written, dict)
    plain = fa.dataset("folder", root=write_fake_folder(tmp_path))
    assert written["classes"] == list(plain.classes)
    assert set(written) == {"_target_", "root", "classes", "groups", "limit", "unreadable"}


# -- what is found ------------------------------------------------------------------------------------------------


def test_what_is_no_photo_is_not_searched(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_fake_folder(tmp_path / "photos", folders=1, images=1)
    for hidden in (".thumbs", "__MACOSX", "@eaDir"):
        (root / hidden).mkdir()
        picture().save(root / hidden / "a.jpg")
    (root / "._a.jpg").write_bytes(b"\0\5\x16\7")
    (root / "notes.txt").write_text("nothing")
    (root / "outputs/masks").mkdir(parents=True)
    (root / "outputs/provenance.json").write_text("{}")
    picture().save(root / "outputs/masks/mask.png")
    with caplog.at_level(logging.INFO):
        assert Folder(root).ids == ("group-00/0000",)
    assert "not taken for images: 1 with .txt" in caplog.text


def test_endings_are_read_in_any_case_and_kept_where_they_decide(tmp_path: Path) -> None:
    for name in ("a.JPG", "b.jpeg", "b.png", "c.webp", "d.TIFF", "e.tif"):
        picture().save(tmp_path / name)
    dataset = Folder(tmp_path)
    assert dataset.ids == ("a", "b.jpeg", "b.png", "c", "d", "e")
    assert dataset.file_name(0) == "a.JPG"


def test_names_that_would_become_one_id(tmp_path: Path) -> None:
    picture().save(tmp_path / "a:b.png")
    picture().save(tmp_path / "a*b.png")
    with pytest.raises(DatasetError, match=r"would both have the id 'a_b'; rename one"):
        Folder(tmp_path)


def test_links_stay_below_the_root(tmp_path: Path) -> None:
    root = write_fake_folder(tmp_path / "photos", folders=1, images=1)
    (root / "same").symlink_to(root / "group-00")
    assert len(Folder(root)) == 1
    picture().save(tmp_path / "secret.png")
    for goal in ("../secret.png", "..", "/etc"):
        link = root / "link.png"
        link.symlink_to(goal)
        with pytest.raises(DatasetError, match=r"link\.png: a link to .* copy the file there"):
            Folder(root)
        link.unlink()
    (root / "loop.png").symlink_to("loop.png")
    with pytest.raises(DatasetError, match=r"loop\.png"):
        Folder(root)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda root: root, "does not exist"),
        (lambda root: root.write_text(""), "is not a folder"),
        (lambda root: root.mkdir(), "holds no image"),
    ],
    ids=["absent", "file", "empty"],
)
def test_no_folder_of_images(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    make(tmp_path / "photos")
    with pytest.raises(DatasetError, match=said):
        Folder(tmp_path / "photos")


@pytest.mark.parametrize(
    "options",
    [{"classes": "dog"}, {"classes": ["dog"]}, {"classes": ["a", "a"]}, {"classes": ["a", ""]},
     {"classes": ["a", "b\n"]}, {"classes": ["a", "\u202eb"]}, {"classes": [1, 2]},
     {"classes": ["x" * 81, "b"]}, {"classes": [str(i) for i in range(255)]}, {"unreadable": "ignore"}],
    ids=lambda v: str(v)[:40],
)  # fmt: skip
def test_invalid_options(tmp_path: Path, options: dict[str, object]) -> None:
    root = write_fake_folder(tmp_path)
    if options == {"classes": ["a", "b\n"]}:
        assert Folder(root, classes=["a", "b\n"]).classes == ("a", "b")
        return
    (key,) = options
    with pytest.raises(InputError, match=f"dataset.{key}="):
        Folder(root, **options)  # type: ignore[arg-type]


# -- how it is read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_as_their_camera_was_held(tmp_path: Path, ending: str, orientation: int) -> None:
    upright = np.zeros((20, 40, 3), np.uint8)
    upright[:10, :20] = 255  # white where the top left is
    turns: dict[int, Callable[[np.ndarray], np.ndarray]] = {
        1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud,
        5: lambda a: np.rot90(np.fliplr(a)), 6: np.rot90,
        7: lambda a: np.rot90(np.flipud(a)), 8: lambda a: np.rot90(a, 3),
    }  # fmt: skip
    stored = Image.fromarray(np.ascontiguousarray(turns[orientation](upright)))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    lossless = {"webp": {"lossless": True}}.get(ending, {})
    stored.save(tmp_path / f"a.{ending}", exif=exif, **lossless)
    seen = read_photo(tmp_path / f"a.{ending}")
    assert seen.shape == upright.shape
    assert np.abs(seen.astype(int) - upright).mean() < 4


def test_damaged_exif_says_nothing(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01garbage")
    assert read_photo(tmp_path / "a.jpg").shape == (24, 32, 3)


def test_modes(tmp_path: Path) -> None:
    colours = picture()
    values = np.asarray(colours)

    def read(image: Image.Image, name: str = "a.png", **options: object) -> np.ndarray:
        image.save(tmp_path / name, **options)
        return read_photo(tmp_path / name)

    grey = np.asarray(colours.convert("L"))
    np.testing.assert_array_equal(read(colours), values)
    np.testing.assert_array_equal(read(colours.convert("L")), np.repeat(grey[..., None], 3, 2))
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    np.testing.assert_array_equal(read(deep), np.repeat(grey[..., None], 3, 2))
    np.testing.assert_array_equal(read(deep, "a.tif"), np.repeat(grey[..., None], 3, 2))
    palette = colours.quantize(16)
    np.testing.assert_array_equal(read(palette), np.asarray(palette.convert("RGB")))
    assert set(np.unique(read(colours.convert("1")))) == {0, 255}
    cmyk = read(colours.convert("CMYK"), "a.jpg", quality=95)
    assert np.abs(cmyk.astype(int) - values).mean() < 20
    clear = colours.convert("RGBA")
    clear.putalpha(0)
    np.testing.assert_array_equal(read(clear), np.full_like(values, 255))
    clear.putalpha(255)
    np.testing.assert_array_equal(read(clear), values)
    see_through = palette.copy()
    assert (read(see_through, transparency=0)[np.asarray(palette) == 0] == 255).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (7, 1), (300, 3)])
def test_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    picture(*size).save(tmp_path / "a.png")
    assert Folder(tmp_path).image(0).shape == (*size, 3)


# -- what is refused ----------------------------------------------------------------------------------------------


def bomb(path: Path) -> None:
    """A PNG whose head says 60,000 × 60,000 pixels."""
    stored = io.BytesIO()
    Image.new("L", (8, 8)).save(stored, "PNG")
    data = bytearray(stored.getvalue())
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path.write_bytes(data)


def animation(path: Path) -> None:
    picture().save(path, save_all=True, append_images=[picture(seed=1), picture(seed=2)])


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty.jpg": (lambda p: p.write_bytes(b""), "the file is empty"),
    "text.jpg": (lambda p: p.write_text("no image"), "no JPEG, PNG, WebP or TIFF image"),
    "gif.png": (lambda p: picture().convert("P").save(p, "GIF"), "no JPEG, PNG, WebP or TIFF image"),
    "bomb.png": (bomb, "million pixels"),
    "moving.webp": (animation, "holds 3 frames or pages"),
    "moving.png": (animation, "holds 3 frames or pages"),
    "pages.tif": (animation, "holds 3 frames or pages"),
    "float.tif": (lambda p: Image.new("F", (8, 8)).save(p), "pixels of mode F have no agreed brightness"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_named_with_its_reason(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    root = write_fake_folder(tmp_path, folders=1, images=1)
    make, said = REFUSED[name]
    make(root / name)
    with pytest.raises(DatasetError, match=f"{name}: .*{said}") as error:
        Folder(root)
    assert "set dataset.unreadable=skip" in str(error.value)
    kept = Folder(root, unreadable="skip")
    assert kept.ids == ("group-00/0000",) and list(kept.excluded) == [name]
    assert said in caplog.text and name in caplog.text
    report = check(lambda: Folder(root, unreadable="skip"))
    assert report.complete and f"left out: {name}" in report.text


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
def test_a_file_that_is_cut_off_is_found_when_it_is_decoded(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"a.{ending}"
    picture(64, 64).save(file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    picture().save(tmp_path / "b.png")
    try:
        dataset = Folder(tmp_path)
    except DatasetError as error:
        assert file.name in str(error)
    else:
        with pytest.raises(DatasetError, match=rf"a\.{ending}: .*; store it again"):
            dataset.image(0)
    assert Folder(tmp_path, unreadable="skip").ids == ("b",)


def test_deep_grey_that_would_be_black_or_has_no_scale(tmp_path: Path) -> None:
    for name, values, said in (
        ("twelve.png", np.full((4, 4), 4095, np.uint16), "brightest value is 4095"),
        ("wide.tif", np.full((4, 4), 70_000, np.int32), "0 to 65535"),
    ):
        Image.fromarray(values).save(tmp_path / name)
        with pytest.raises(DatasetError, match=said):
            read_photo(tmp_path / name)


def test_the_limit_of_pixels_is_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_PIXELS == Image.MAX_IMAGE_PIXELS
    monkeypatch.setattr("fsannot.data.photo.MAX_PIXELS", 24 * 32)
    picture().save(tmp_path / "a.png")
    assert len(Folder(tmp_path)) == 1
    monkeypatch.setattr("fsannot.data.photo.MAX_PIXELS", 24 * 32 - 1)
    with pytest.raises(DatasetError, match="32×24"):
        Folder(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    root = write_fake_folder(tmp_path)
    (root / "group-00").chmod(0)
    try:
        with pytest.raises(DatasetError, match="cannot be listed"):
            Folder(root)
    finally:
        (root / "group-00").chmod(0o700)


def test_what_reads_ground_truth_refuses_the_folder(tmp_path: Path) -> None:
    dataset = Folder(write_fake_folder(tmp_path))
    with pytest.raises(InputError, match=r"dataset=folder has no ground truth, and robots read it; .*studio"):
        require_truth(dataset, "robots")
    with pytest.raises(InputError, match="perfect segments and perfect edges read it"):
        fa.prepare(dataset, edges=fa.edges("gradient"), constrained=True)
    with pytest.raises(InputError, match="simulated clicks read it"):
        fa.click(dataset, folder=tmp_path / "run", edges=fa.edges("gradient"))
