"""The colours of the masks on disk: what a viewer shows where a program reads the class."""

from __future__ import annotations

from typing import Literal

import numpy as np

OBJECT = (255, 255, 255)
"""White on black, as in DAVIS-2016: a reader that turns colours into grey gets 255 for the object, too."""


def mask_colours(task: Literal["foreground", "semantic"]) -> np.ndarray:
    """The palette of the masks of a dataset.

    Args:
        task: in foreground sets the background is black and the object white. In semantic sets every class has its
            colour of PASCAL VOC, and 255, never labelled, VOC's cream of void pixels.

    Returns:
        uint8 (256, 3), RGB of each value.

    Reference:
        ``labelcolormap`` of the development kit of Everingham et al.: The PASCAL Visual Object Classes Challenge, IJCV
        2010. Bits 0, 3, 6 of the value are the highest bits of red, 1, 4, 7 those of green, 2, 5 those of blue.
    """
    value = np.arange(256)
    colours = np.zeros((256, 3), np.uint8)
    for bit in range(8):
        colours[:, bit % 3] |= ((value >> bit & 1) << (7 - bit // 3)).astype(np.uint8)
    if task == "foreground":
        colours[1] = OBJECT
    return colours
