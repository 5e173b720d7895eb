"""What a robot may ask of the tool besides what is on the screen."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError


class Queries:
    """Questions to a session as it is now, by name; nothing else of the session is within a robot's reach.

    Args:
        session: the one that is asked.
    """

    def __init__(self, session: AnnotationSession) -> None:
        self.__session = session

    def around(self, k: int) -> np.ndarray:
        """int64 (M, ≤ k): the k thumbnails nearest on the canvas to each of the M shown, itself among them.

        Rows and values count the M shown thumbnails in order of their rows in the table, nearest first.
        """
        return self.__session.around(k)

    def similar(self, segment: int, k: int) -> np.ndarray:
        """int64 (≤ k,): the unlabelled shown segments most similar to ``segment``, best first."""
        return self.__session.similar(segment, k)

    def row_map(self, image: int) -> np.ndarray:
        """int32 (H, W): the segment of each pixel of the open image; no other image is seen pixel by pixel.

        Raises:
            InputError: ``image`` is not the open one.
        """
        if self.__session.observe().open_image != image:
            raise InputError(f"image={image} is not open; OpenImage first")
        return self.__session.row_map(image)
