"""One-to-one matching of predicted with drawn boundary pixels."""

from __future__ import annotations

import numpy as np


class BoundaryMatcher:
    """Matches any subset of the predicted pixels with one annotator's boundary, each pixel at most once.

    The matching has the largest possible size; among those of that size, near pairs are preferred: mutual
    nearest neighbours first, then shortest augmenting paths (Berge's theorem) until none is left. The
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

    def match(self, subset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which pixels find a partner.

        Args:
            subset: bool (n_predicted,), in the row-major order of ``predicted``'s pixels.

        Returns:
            bool (n_predicted,) and bool (n_truth,); both have the same number of True.
        """
        p, t = self._pairs[:, subset[self._pairs[0]]]
        of_predicted, of_truth = self._mutual_nearest(p, t)
        self._augment(p, t, of_predicted, of_truth)
        return of_predicted >= 0, of_truth >= 0

    def _mutual_nearest(self, p: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Greedy matching in order of distance: partner of each pixel, −1 for none."""
        of_predicted = np.full(self.n_predicted, -1, np.int32)
        of_truth = np.full(self.n_truth, -1, np.int32)
        nearest_p = np.empty(self.n_predicted, np.int64)
        nearest_t = np.empty(self.n_truth, np.int64)
        while len(p):
            rank = np.arange(len(p))
            # written backwards, the nearest pair of each pixel is the one that stays
            nearest_p[p[::-1]] = rank[::-1]
            nearest_t[t[::-1]] = rank[::-1]
            mutual = (nearest_p[p] == rank) & (nearest_t[t] == rank)
            of_predicted[p[mutual]] = t[mutual]
            of_truth[t[mutual]] = p[mutual]
            free = (of_predicted[p] < 0) & (of_truth[t] < 0)
            p, t = p[free], t[free]
        return of_predicted, of_truth

    def _augment(self, p: np.ndarray, t: np.ndarray, of_predicted: np.ndarray, of_truth: np.ndarray) -> None:
        """Grow the matching to its largest size, in place."""
        by_truth = np.argsort(t, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(t, minlength=self.n_truth))])
        roots = np.flatnonzero((of_truth < 0) & (np.diff(starts) > 0)).tolist()
        neighbours, begin = p[by_truth].tolist(), starts.tolist()
        partner_p, partner_t = of_predicted.tolist(), of_truth.tolist()
        exhausted: set[int] = set()  # no augmenting path leads through these, now or later
        for root in roots:
            reached_from: dict[int, int] = {}
            queue = [root]
            end = -1
            for truth in queue:
                for predicted in neighbours[begin[truth] : begin[truth + 1]]:
                    if predicted in reached_from or predicted in exhausted:
                        continue
                    reached_from[predicted] = truth
                    if partner_p[predicted] < 0:
                        end = predicted
                        break
                    queue.append(partner_p[predicted])
                if end >= 0:
                    break
            if end < 0:
                exhausted.update(reached_from)
                continue
            truth = -1
            while truth != root:  # swap matched and unmatched links along the path
                truth = reached_from[end]
                partner_p[end] = truth
                end, partner_t[truth] = partner_t[truth], end
        of_predicted[:] = partner_p
        of_truth[:] = partner_t
