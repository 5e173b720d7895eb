"""One-to-one matching of predicted with drawn boundary pixels."""

from __future__ import annotations

import numba
import numpy as np


class BoundaryMatcher:
    """Matches any subset of the predicted pixels with one annotator's boundary, each pixel at most once.

    The matching has the largest possible size; among those of that size, near pairs are preferred: pairs are
    taken in order of distance, then shortest augmenting paths (Berge's theorem) until none is left. The
    original benchmark (Martin, Fowlkes, Malik, *Learning to Detect Natural Image Boundaries*, TPAMI 2004,
    doi:10.1109/TPAMI.2004.1273918) solves a minimum-cost assignment on the same pairs, with a price for
    unmatched pixels far above any distance: the same number of pairs, and nearly the same pixels.

    Pairs are listed once; matching a subset afterwards touches only them.

    Args:
        predicted: bool (H, W), all pixels that may be predicted at any threshold.
        truth: bool (H, W), one annotator's boundary.
        tolerance: largest distance of a pair, pixels.
    """

    def __init__(self, predicted: np.ndarray, truth: np.ndarray, tolerance: float) -> None:
        reach = int(tolerance)
        number = np.full((truth.shape[0] + 2 * reach, truth.shape[1] + 2 * reach), -1, np.int32)
        self.n_truth = int(np.count_nonzero(truth))
        ty, tx = np.nonzero(truth)
        number[ty + reach, tx + reach] = np.arange(self.n_truth)
        py, px = np.nonzero(predicted)
        self.n_predicted = len(py)
        offsets = np.arange(-reach, reach + 1)
        dy, dx = (o.ravel() for o in np.meshgrid(offsets, offsets, indexing="ij"))
        squared = dy * dy + dx * dx
        # rising distance, so that the pairs come out sorted by it
        order = np.argsort(squared, kind="stable")[: int(np.count_nonzero(squared <= tolerance**2))]
        found = []
        for y, x in zip(dy[order], dx[order], strict=True):
            partner = number[py + reach + y, px + reach + x]
            p = np.flatnonzero(partner >= 0)
            found.append(np.stack([p.astype(np.int32), partner[p]]))
        self._pairs = np.concatenate(found, 1)  # (2, E): predicted, truth
        self._neighbors = self._pairs[0, np.argsort(self._pairs[1], kind="stable")]  # of truth 0, 1, …
        counts = np.bincount(self._pairs[1], minlength=self.n_truth)
        self._starts = np.concatenate([[0], np.cumsum(counts)])

    def match(self, subset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which pixels find a partner.

        Args:
            subset: bool (n_predicted,), in the row-major order of ``predicted``'s pixels.

        Returns:
            bool (n_predicted,) and bool (n_truth,); both have the same number of True.
        """
        of_predicted = np.full(self.n_predicted, -1, np.int32)
        of_truth = np.full(self.n_truth, -1, np.int32)
        _match_nearest(self._pairs[0], self._pairs[1], subset, of_predicted, of_truth)
        _augment(self._neighbors, self._starts, subset, of_predicted, of_truth)
        return of_predicted >= 0, of_truth >= 0


@numba.njit(cache=True)
def _match_nearest(
    p: np.ndarray, t: np.ndarray, subset: np.ndarray, of_predicted: np.ndarray, of_truth: np.ndarray
) -> None:
    """Match pairs int32 (E,) in order of distance, where both are still free; partners change in place."""
    for k in range(len(p)):
        if subset[p[k]] and of_predicted[p[k]] < 0 and of_truth[t[k]] < 0:
            of_predicted[p[k]] = t[k]
            of_truth[t[k]] = p[k]


@numba.njit(cache=True)
def _augment(
    neighbors: np.ndarray,
    starts: np.ndarray,
    subset: np.ndarray,
    of_predicted: np.ndarray,
    of_truth: np.ndarray,
) -> None:
    """Grow the matching to its largest size: from each free drawn pixel, a path to a free predicted one.

    Args:
        neighbors: int32 (E,), predicted pixels within reach of each drawn one, drawn pixel after drawn pixel.
        starts: int64 (n_truth + 1,), where each drawn pixel's begin.
        subset: bool (n_predicted,), those that take part.
        of_predicted, of_truth: int32, partner of each pixel or −1; changed in place.
    """
    n = len(of_predicted)
    reached_by = np.full(n, -1, np.int32)  # the search that came by
    reached_from = np.empty(n, np.int32)
    exhausted = ~subset  # no augmenting path leads through these, now or later
    queue = np.empty(n + 1, np.int32)  # drawn pixels; each but the first is some predicted pixel's partner
    for root in range(len(of_truth)):
        if of_truth[root] >= 0:
            continue
        queue[0] = root
        head, tail, end = 0, 1, -1
        while head < tail and end < 0:
            truth = queue[head]
            head += 1
            for predicted in neighbors[starts[truth] : starts[truth + 1]]:
                if reached_by[predicted] == root or exhausted[predicted]:
                    continue
                reached_by[predicted] = root
                reached_from[predicted] = truth
                if of_predicted[predicted] < 0:
                    end = predicted
                    break
                queue[tail] = of_predicted[predicted]
                tail += 1
        if end < 0:
            for k in range(1, tail):
                exhausted[of_truth[queue[k]]] = True
            continue
        truth = -1
        while truth != root:  # swap matched and unmatched links along the path
            truth = reached_from[end]
            of_predicted[end] = truth
            end, of_truth[truth] = of_truth[truth], end
