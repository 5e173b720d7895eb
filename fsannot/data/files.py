"""Datasets that are folders of image and mask files."""

from __future__ import annotations

import hashlib
import operator
from abc import abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from fsannot.data.dataset import Dataset
from fsannot.data.decode import read_rgb
from fsannot.data.errors import DatasetError, InputError
from fsannot.data.layout import Entry, LayoutError
from fsannot.data.listing import path_safe
from fsannot.data.options import group_names, in_groups, integer
from fsannot.data.sample import Sample

_SHOWN = 8  # problems named in one message


@dataclass(frozen=True)
class Pair:
    """The files of one sample; None marks one that should be there and is not.

    Attributes:
        group: name of the group, path-safe.
        stem: name of the image, unique in its group, path-safe.
        image: image file.
        truth: mask or annotation file.
        instances: further file with instances, where the dataset has one.
    """

    group: str
    stem: str
    image: Path | None
    truth: Path | None
    instances: Path | None = None

    @property
    def id(self) -> str:
        return f"{self.group}/{self.stem}"


def pairs(group: str, images: dict[str, Path], truths: dict[str, Path]) -> list[Pair]:
    """Match images and masks by stem.

    Args:
        group: name of the group all of them belong to.
        images: stem → image file.
        truths: stem → mask file.

    Returns:
        one pair for each stem that has an image, a mask, or both, sorted by stem.
    """
    stems = sorted({*images, *truths})
    return [Pair(path_safe(group), path_safe(stem), images.get(stem), truths.get(stem)) for stem in stems]


class FolderDataset(Dataset):
    """Base of the datasets on disk: opening checks the layout, reading checks the sample.

    A subclass says what it expects (``entries``), which files it finds (``_scan``), which of them belong to
    its selection (``_choose``), and how a mask is read (``_truth``).

    Args:
        root: folder of the dataset.
        groups: keep only these groups; None keeps all. Only they need to be complete.
        limit: keep only the first so many images of what is selected; None keeps all.

    Attributes:
        excluded: id → reason, for images the dataset's definition leaves out.

    Raises:
        LayoutError: no such folder, another layout, image without mask, mask without image; shows the
            expected tree and where the data comes from.
        InputError: an option is outside its domain.
    """

    source: ClassVar[str]
    """Where people get the data."""
    official: ClassVar[str]
    """How large the paper's set is."""

    def __init__(
        self, root: str | Path, *, groups: Sequence[str] | None = None, limit: int | None = None
    ) -> None:
        if not isinstance(root, str | Path) or not str(root).strip():
            raise InputError(f"dataset.root={root!r} is not valid; set it to the folder of {self.name}")
        wanted = group_names(groups)
        count = None if limit is None else integer("limit", limit, minimum=1)
        self.root = Path(root).expanduser()
        self.excluded: dict[str, str] = {}
        if not self.root.is_dir():
            kind = "is not a folder" if self.root.exists() else "does not exist"
            raise self._wrong(f"{self.root} {kind}")
        scanned = self._scan()
        if not scanned:
            raise self._wrong(f"{self.root} holds no image where they are expected")
        found = in_groups(scanned, wanted)
        self._check_complete(found)
        chosen = self._choose(sorted(found, key=lambda pair: (pair.group, pair.stem)))
        if not chosen:
            raise self._wrong(f"{self.root}: none of its {len(found)} images is in the selection")
        self._pairs = tuple(chosen[:count])

    @abstractmethod
    def entries(self) -> tuple[Entry, ...]:
        """The expected tree for these options."""

    @abstractmethod
    def _scan(self) -> list[Pair]:
        """All images and masks that are there or should be; raises ``LayoutError`` for another layout."""

    @abstractmethod
    def _truth(self, pair: Pair, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray | None]:
        """Target and instances of an image of that (H, W); raises ``DatasetError``."""

    def _choose(self, found: list[Pair]) -> list[Pair]:
        """The selection among complete pairs in order; all unless a subclass says otherwise."""
        return found

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(pair.id for pair in self._pairs)

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(pair.group for pair in self._pairs)

    def image(self, index: int) -> np.ndarray:
        return read_rgb(present(self._pair(index).image))

    def __getitem__(self, index: int) -> Sample:
        pair = self._pair(index)
        image = self.image(index)
        target, instances = self._truth(pair, image.shape[:2])
        return Sample(pair.id, pair.group, image, target, instances)

    def fingerprint(self) -> str:
        """Digest of ids and of the bytes of every selected file; where the root lies does not matter."""
        digest = hashlib.sha256(f"{type(self).__name__} {self.task} {self.classes}".encode())
        for pair in self._pairs:
            digest.update(f"\n{pair.id}".encode())
            for file in (pair.image, pair.truth, pair.instances):
                if file is not None:
                    digest.update(file_digest(file))
        return digest.hexdigest()

    def _pair(self, index: int) -> Pair:
        position = operator.index(index)
        if not 0 <= position < len(self._pairs):
            raise IndexError(f"{self.name} has {len(self._pairs)} samples, no index {position}")
        return self._pairs[position]

    def _check_complete(self, found: list[Pair]) -> None:
        problems = []
        for pair in found:
            if pair.image is None and pair.truth is None:
                problems.append(f"listed but not there: {pair.id}")
            elif pair.truth is None and pair.image is not None:
                problems.append(f"image without mask: {pair.image.relative_to(self.root)}")
            elif pair.image is None and pair.truth is not None:
                problems.append(f"mask without image: {pair.truth.relative_to(self.root)}")
        twice = [name for name, times in Counter(pair.id for pair in found).items() if times > 1]
        problems += [f"two images have the id {name}" for name in twice]
        if problems:
            more = f"\n  … and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
            shown = "\n  ".join(problems[:_SHOWN])
            raise self._wrong(f"{self.root} is incomplete:\n  {shown}{more}\nRestore the missing files.")

    def _wrong(self, reason: str) -> LayoutError:
        return LayoutError(self.name, self.root, self.entries(), reason, self.source)


def present(file: Path | None) -> Path:
    """A file of a pair that was found complete when the dataset was opened.

    Args:
        file: the file, or None where it is missing.

    Returns:
        ``file``.

    Raises:
        DatasetError: ``file`` is None.
    """
    if file is None:
        raise DatasetError("a sample was selected whose files were not found")
    return file


def file_digest(file: Path) -> bytes:
    """Digest of a file's bytes.

    Args:
        file: any file.

    Returns:
        SHA-256, 32 bytes.

    Raises:
        DatasetError: it cannot be read.
    """
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise DatasetError(f"{file}: cannot be read ({error.strerror}); check its permissions") from error
