"""Berkeley: a hundred objects in photographs of the Berkeley segmentation dataset."""

from __future__ import annotations

from typing import ClassVar

from fsannot.data.grabcut import GrabCut
from fsannot.data.layout import Entry


class Berkeley(GrabCut):
    """Berkeley, one object a file; a photograph with two objects appears under two names.

    Args:
        root: folder with ``images/`` and ``masks/``.
        groups: all images form the one group ``berkeley``.
        limit: keep only the first so many images.

    Raises:
        LayoutError, InputError: see ``FolderDataset``.

    Example:
        >>> dataset = Berkeley("data/berkeley", limit=10)  # doctest: +SKIP
        >>> dataset[0].target.max()  # doctest: +SKIP
        1

    Reference:
        McGuinness, O'Connor: A Comparative Evaluation of Interactive Segmentation Algorithms, Pattern
        Recognition 2010, 10.1016/j.patcog.2009.03.008.
    """

    name = "berkeley"
    source: ClassVar[str] = "the Berkeley archive published with the f-BRS and RITM click baselines"
    official: ClassVar[str] = "100 objects in 96 photographs"
    _folders: ClassVar[tuple[str, str]] = ("images", "masks")

    def entries(self) -> tuple[Entry, ...]:
        return (
            Entry("images/<image>.jpg", "photographs"),
            Entry("masks/<image>.png", "masks: 0 background, 255 object"),
        )
