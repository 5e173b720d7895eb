"""Where the rows of a session's table are, for learners that look at pixels."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.engine import ImageSource
from fsannot.annotation.state import State
from fsannot.features.crops import SegmentRef, segment_refs
from fsannot.features.segment_extractor import SegmentExtractor


class SessionSegments:
    """``SegmentSource`` of the rows ``start`` to ``stop`` of a session's table."""

    def __init__(self, images: ImageSource, state: State, start: int, stop: int) -> None:
        self._images, self._state, self._start, self._stop = images, state, start, stop

    @property
    def extractor(self) -> SegmentExtractor:
        return self._images.extractor

    def __len__(self) -> int:
        return self._stop - self._start

    def refs(self, rows: np.ndarray) -> list[SegmentRef]:
        """The segments among ``rows``; one that was replaced by its parts is stood in for by its box."""
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
