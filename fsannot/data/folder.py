"""Photographs of one's own: any folder of images, without ground truth."""

from __future__ import annotations

import hashlib
import logging
import operator
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from fsannot.data.dataset import Dataset
from fsannot.data.errors import DatasetError, InputError
from fsannot.data.files import file_digest
from fsannot.data.listing import path_safe
from fsannot.data.options import class_names, group_names, in_groups, integer, one_of
from fsannot.data.photo import SUFFIXES, check_photo, read_photo
from fsannot.data.photo_search import Photo, find_photos
from fsannot.data.sample import Sample

_SHOWN = 8  # files named in one message
log = logging.getLogger(__name__)


class Folder(Dataset):
    """The images of a folder and of the folders in it. There is no ground truth, so nothing is evaluated.

    An image's id is its path below the root without its ending (with it, where two files differ in nothing else);
    its group is the folder it lies in, ``.`` for the root. Images are read as :func:`~fsannot.data.photo.read_photo`
    describes. Hidden files and folders, run directories and links to folders below the root are not searched, files
    with other endings are counted in the log.

    Args:
        root: the folder.
        classes: class names by index. Two of them, the first called ``background``, are a foreground set: what is not
            labelled at the end is background. With more, what is not labelled stays so.
        groups: keep only the images of these folders; None keeps all.
        limit: keep only the first so many images.
        unreadable: what happens to files that cannot be read: ``"refuse"`` ends with their names and reasons, found by
            their heads; ``"skip"`` leaves them out with a warning, and decodes every image once to find them.

    Attributes:
        excluded: path below the root → reason, of the files that were left out.

    Raises:
        InputError: an option is not valid.
        DatasetError: there is no such folder, no image in it, a link that leads out of it, or a file that cannot be
            read.

    Example:
        >>> from tempfile import mkdtemp
        >>> from PIL import Image
        >>> root = Path(mkdtemp())
        >>> Image.new("RGB", (6, 4)).save(root / "IMG_1.jpg")
        >>> photos = Folder(root, classes=["background", "dog", "cat"])
        >>> photos.ids, photos.image(0).shape, photos.has_truth
        (('IMG_1',), (4, 6, 3), False)
    """

    name = "folder"
    has_truth = False

    def __init__(
        self,
        root: str | Path,
        *,
        classes: Sequence[str] = ("background", "object"),
        groups: Sequence[str] | None = None,
        limit: int | None = None,
        unreadable: Literal["refuse", "skip"] = "refuse",
    ) -> None:
        if not isinstance(root, str | Path) or not str(root).strip():
            raise InputError(f"dataset.root={root!r} is not valid; set it to the folder of your images")
        one_of("unreadable", unreadable, ("refuse", "skip"))
        wanted = group_names(groups)
        count = None if limit is None else integer("limit", limit, minimum=1)
        self.classes = class_names(classes)
        foreground = len(self.classes) == 2 and self.classes[0] == "background"
        self.task: Literal["foreground", "semantic"] = "foreground" if foreground else "semantic"
        self.root = Path(root).expanduser()
        self.excluded: dict[str, str] = {}
        if not self.root.is_dir():
            kind = "is not a folder" if self.root.exists() else "does not exist"
            raise DatasetError(f"dataset.root={self.root} {kind}; set it to the folder of your images")
        found, others = find_photos(self.root)
        if others:
            log.info("%s: %s", self.root, _other_files(others))
        photos = in_groups(found, wanted)[:count]
        photos = self._readable(photos, decode=unreadable == "skip")
        if self.excluded:
            if unreadable == "refuse":
                raise DatasetError(self._refusal())
            log.warning("%s", self._left_out())
        if not photos:
            raise DatasetError(
                f"{self.root} holds no image that can be read; images end in {', '.join(SUFFIXES)}"
            )
        self._photos = tuple(photos)
        self._ids = _ids(photos)

    @property
    def ids(self) -> tuple[str, ...]:
        return self._ids

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(photo.group for photo in self._photos)

    def image(self, index: int) -> np.ndarray:
        return read_photo(self.path(index))

    def file_name(self, index: int) -> str:
        return self._photo(index).path

    def path(self, index: int) -> Path:
        """The file of an image.

        Args:
            index: position in ``ids``.

        Returns:
            its path, below ``root``.
        """
        return self.root / self._photo(index).path

    def __getitem__(self, index: int) -> Sample:
        image = self.image(index)
        return Sample(self.ids[index], self._photo(index).group, image)

    def fingerprint(self) -> str:
        """Digest of ids, classes and of the bytes of every file; where the root lies does not matter."""
        digest = hashlib.sha256(f"{type(self).__name__} {self.task} {self.classes}".encode())
        for index, name in enumerate(self.ids):
            digest.update(f"\n{name}".encode())
            digest.update(file_digest(self.path(index)))
        return digest.hexdigest()

    def _photo(self, index: int) -> Photo:
        position = operator.index(index)
        if not 0 <= position < len(self._photos):
            raise IndexError(f"{self.name} has {len(self._photos)} samples, no index {position}")
        return self._photos[position]

    def _readable(self, photos: list[Photo], *, decode: bool) -> list[Photo]:
        """The files that can be read; the others become ``excluded``."""
        good = []
        for photo in photos:
            try:
                (read_photo if decode else check_photo)(self.root / photo.path)
            except DatasetError as error:
                self.excluded[photo.path] = str(error).removeprefix(f"{self.root / photo.path}: ")
            else:
                good.append(photo)
        return good

    def _refusal(self) -> str:
        return (
            f"{self.root}: {len(self.excluded)} images cannot be read:\n{self._reasons()}\n"
            "or set dataset.unreadable=skip to leave such files out"
        )

    def _left_out(self) -> str:
        return f"{self.root}: {len(self.excluded)} images are left out:\n{self._reasons()}"

    def _reasons(self) -> str:
        shown = [f"  {path}: {reason}" for path, reason in list(self.excluded.items())[:_SHOWN]]
        more = len(self.excluded) - _SHOWN
        return "\n".join([*shown, *([f"  … and {more} more"] if more > 0 else [])])


def _ids(photos: Sequence[Photo]) -> tuple[str, ...]:
    stems = Counter(os.path.splitext(photo.path)[0] for photo in photos)
    names = []
    for photo in photos:
        stem, _ = os.path.splitext(photo.path)
        name = photo.path if stems[stem] > 1 else stem
        names.append("/".join(path_safe(part) for part in name.split("/")))
    files: dict[str, str] = {}
    for name, photo in zip(names, photos, strict=True):
        other = files.setdefault(name, photo.path)
        if other != photo.path:
            raise DatasetError(
                f"{other!r} and {photo.path!r} would both have the id {name!r}; rename one of these files"
            )
    return tuple(names)


def _other_files(others: Sequence[str]) -> str:
    endings = Counter(os.path.splitext(name)[1].lower() or "no ending" for name in others)
    shown = ", ".join(f"{count} with {ending}" for ending, count in endings.most_common(_SHOWN))
    return f"files that are not taken for images: {shown}"
