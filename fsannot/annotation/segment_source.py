"""Where the segments of a session are in their images, for learners that train on pixels."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.engine import ImageSource
from fsannot.annotation.state import State
from fsannot.features.crops import SegmentRef, segment_refs
from fsannot.features.segment_extractor import SegmentExtractor


class SessionSegments:
    """``SegmentSource`` of a range of rows of a session's table.

    Args:
        images: where the images come from.
        state: of the session.
        start, stop: range of rows, ``stop`` excluded.
    """

    def __init__(self, images: ImageSource, state: State, start: int, stop: int) -> None:
        self._images, self._state, self._start, self._stop = images, state, start, stop

    @property
    def extractor(self) -> SegmentExtractor:
        """What made the features of these segments."""
        return self._images.extractor

    def __len__(self) -> int:
        return self._stop - self._start

    def refs(self, rows: np.ndarray) -> list[SegmentRef]:
        """Where segments are. The bounding box represents a segment that was replaced by its parts.

        Args:
            rows: int (M,), counted from ``start``.

        Returns:
            one reference per row, in the same order.
        """
        state = self._state
        found: dict[int, SegmentRef] = {}
        absolute = np.asarray(rows) + self._start
        for image in np.unique(state.table.image[absolute]).tolist():
            here = np.unique(absolute[state.table.image[absolute] == image])
            row_map = state.row_map(image)
            whole = here[state.alive[here]]
            found |= zip(whole.tolist(), segment_refs(self._images.image(image), row_map, whole), strict=True)
            for row in here[~state.alive[here]].tolist():
                y0, x0, y1, x1 = state.table.bbox[row].tolist()
                box = np.full(row_map.shape, -1, np.int32)
                box[y0:y1, x0:x1] = row
                found[row] = segment_refs(self._images.image(image), box, np.array([row]))[0]
        return [found[row] for row in absolute.tolist()]
