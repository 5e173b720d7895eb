"""What a robot may ask the tool, in addition to the observation."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError


class Queries:
    """Questions to a session as it is now; a robot reaches nothing else of the session.

    Args:
        session: the session that answers.
    """

    def __init__(self, session: AnnotationSession) -> None:
        self.__session = session

    def around(self, k: int) -> np.ndarray:
        """The thumbnails nearest on the canvas to each of the M that are shown.

        Args:
            k: number of thumbnails, the one itself included, ≥ 1.

        Returns:
            int64 (M, ≤ k), nearest first; rows and values index the shown thumbnails in order of their rows.

        Raises:
            InputError: under version 2 of the human model, where places of covered thumbnails are not known.
        """
        self._require_free_view("around")
        return self.__session.around(k)

    def similar(self, segment: int, k: int) -> np.ndarray:
        """The unlabelled shown segments most similar to one in feature space.

        Args:
            segment: row of the segment.
            k: number of segments.

        Returns:
            int64 (≤ k,), rows, most similar first.

        Raises:
            InputError: under version 2 of the human model, where that shows only while a radius is dragged.
        """
        self._require_free_view("similar")
        return self.__session.similar(segment, k)

    def row_map(self, image: int) -> np.ndarray:
        """The segment of each pixel of the open image; a robot sees no other image pixel by pixel.

        Args:
            image: index of the open image.

        Returns:
            int32 (H, W), rows of the table.

        Raises:
            InputError: ``image`` is not the open one.
        """
        if self.__session.observe().open_image != image:
            raise InputError(f"image={image} is not open; OpenImage first")
        return self.__session.row_map(image)

    def _require_free_view(self, question: str) -> None:
        if self.__session.sight is not None:
            raise InputError(
                f"queries.{question} tells what nobody sees under version 2 of the human model; LabelRadius shows what "
                "is similar while it is dragged"
            )
