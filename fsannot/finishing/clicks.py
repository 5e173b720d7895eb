"""Boundaries redrawn by a click network that the machine prompts."""

from __future__ import annotations

import hashlib

import numpy as np

from fsannot.clicks.predictor import ClickPredictor
from fsannot.finishing.boundary import boundary, boundary_distance
from fsannot.finishing.finisher import Finisher, check_amount
from fsannot.finishing.guided import Guided
from fsannot.finishing.machine_clicks import as_clicks, spread, tiles


class Clicks(Finisher):
    """A click predictor sees tiles along the boundaries, with clicks inside what was labelled on either side.

    Of each class in a tile the predictor is asked where it is, with clicks on it and on the rest; of two classes once.
    A tile where its answer contradicts the labels away from the boundary is left alone. In overlapping tiles the mean
    counts. A pixel takes another class only where the predictor is sure: its own class is below ``sure``, the other
    above 1 − ``sure``. The guided filter smooths what comes out.

    Args:
        predictor: any click predictor.
        guided: the filter afterwards.
        tile: side of a tile, pixels.
        clicks: of each sign.
        nearest, farthest: pixels between a click and the boundary.
        sure: probability below which a class is ruled out.
        agreement: share of a tile's pixels beyond ``reach`` where the predictor must say what the labels say.
        reach: see ``Finisher``.

    Raises:
        InputError: a number outside its range.
    """

    name = "clicks"

    def __init__(
        self,
        *,
        predictor: ClickPredictor,
        guided: Guided,
        tile: int = 256,
        clicks: int = 100,
        nearest: float = 3.0,
        farthest: float = 20.0,
        sure: float = 0.3,
        agreement: float = 0.95,
        reach: float = 6.0,
    ) -> None:
        self.predictor, self.guided = predictor, guided
        self.tile = int(check_amount(tile, "tile", least=64, most=4096))
        self.clicks = int(check_amount(clicks, "clicks", least=1, most=10_000))
        self.nearest = check_amount(nearest, "nearest", least=1, most=1000)
        self.farthest = check_amount(farthest, "farthest", least=nearest, most=10_000)
        self.sure = check_amount(sure, "sure", least=0, most=0.5)
        self.agreement = check_amount(agreement, "agreement", least=0, most=1)
        self.reach = check_amount(reach, "reach", least=1, most=1000)
        self.needs_edges = predictor.needs_edges

    def fingerprint(self) -> str:
        settings = (
            self.predictor.fingerprint(), self.guided.fingerprint(), self.tile, self.clicks, self.nearest,
            self.farthest, self.sure, self.agreement, self.reach,
        )  # fmt: skip
        return hashlib.sha256(f"clicks|{settings}".encode()).hexdigest()

    def _probability(
        self,
        image: np.ndarray,
        classes: np.ndarray,
        place: np.ndarray,
        label_map: np.ndarray,
        edge_map: np.ndarray | None,
    ) -> np.ndarray:
        seen, said = self._asked(image, len(classes), place, edge_map)
        redrawn = self._redrawn(place, seen, said)
        maps = (np.arange(len(classes))[:, None, None] == redrawn).astype(np.float32)
        return self.guided.smoothed(image, maps)

    def _asked(
        self, image: np.ndarray, count: int, place: np.ndarray, edge_map: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """In how many tiles the predictor was asked about a class, int32 (K, H, W), and the sum of its answers."""
        seen = np.zeros((count, *place.shape), np.int32)
        said = np.zeros((count, *place.shape), np.float32)
        depth = boundary_distance(place)
        for part in tiles(boundary(place), self.tile):
            edges = None if edge_map is None else np.ascontiguousarray(edge_map[part])
            here, near = place[part], depth[part]
            spots = {
                k: spread(here == k, near, self.clicks, nearest=self.nearest, farthest=self.farthest)
                for k in np.unique(here).tolist()
            }
            spots = {k: found for k, found in spots.items() if len(found)}
            if len(spots) < 2:
                continue
            asked = list(spots)[1:] if len(spots) == 2 else list(spots)
            for k in asked:
                rest = spread(
                    (here != k) & np.isin(here, list(spots)),
                    near,
                    self.clicks,
                    nearest=self.nearest,
                    farthest=self.farthest,
                )
                self.predictor.start(np.ascontiguousarray(image[part]), edges)
                answer = self.predictor.predict(as_clicks(spots[k], rest))
                inside = near > self.reach
                if ((answer > 0.5) == (here == k))[inside].mean() < self.agreement:
                    continue
                seen[k][part] += 1
                said[k][part] += answer
                if len(asked) == 1:
                    (other,) = set(spots) - {k}
                    seen[other][part] += 1
                    said[other][part] += 1 - answer
        return seen, said

    def _redrawn(self, place: np.ndarray, seen: np.ndarray, said: np.ndarray) -> np.ndarray:
        """Index of each pixel's class after the predictor's answers, int (H, W)."""
        # where nothing was asked nothing is sure
        answer = np.divide(said, seen, out=np.full(said.shape, 0.5, np.float32), where=seen > 0)
        own = np.take_along_axis(answer, place[None], 0)[0]
        np.put_along_axis(answer, place[None], -1, 0)
        best = answer.argmax(0)
        highest = np.take_along_axis(answer, best[None], 0)[0]
        return np.where((own < self.sure) & (highest > 1 - self.sure), best, place)
