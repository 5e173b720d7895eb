"""The effort curve of a click method: the best of all ways to stop, at every number of human seconds.

A person who clicks need not click every image equally often. The curve is the pointwise maximum over rules: a fixed
number of clicks for all images, and stopping at a quality of 0.80, 0.85, 0.90 or 0.95, which takes a person who knows
the truth. Between k and k + 1 clicks an image the mean is linear: some images have one click more than others. Beside
it stands the concave hull, which also mixes rules.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fsannot.clicks.stopping import SATISFIED
from fsannot.data.errors import InputError
from fsannot.evaluation.click_paths import ClickPaths

STEP = 0.05
"""Seconds between two points of the curve, as far as it is compared."""
COARSE = 200
"""Points of the curve beyond that."""


class Curve(NamedTuple):
    """Quality against human seconds per image, linear between its points.

    Attributes:
        seconds: float64 (T,), rising, from 0.
        quality: float64 (T,), in [0, 1], never falling.
    """

    seconds: np.ndarray
    quality: np.ndarray


class Envelope:
    """Curves of a click method over images, for any weights of images and seeds.

    Args:
        seeds: what each seed of the method gave, on the same images with the same rules.
        until: seconds per image up to which the curve is fine.
        check: seconds a person spends on an image in checking it and going to the next, where it is clicked at all.

    Attributes:
        images: (N,) ids.

    Raises:
        InputError: no seed, or seeds of different images or rules.

    Examples:
        One image, one click, from an empty mask to 0.8:

        >>> paths = ClickPaths(("a",), ("",), np.array([[[0.0, 0.8]]]), np.array([[[0.0, 2.4]]]))
        >>> curve = Envelope([paths], until=4.0).curve()
        >>> np.interp([0.0, 1.2, 2.4, 4.0], curve.seconds, curve.quality).round(3).tolist()
        [0.0, 0.4, 0.8, 0.8]
    """

    def __init__(self, seeds: list[ClickPaths], *, until: float, check: float = 0.0) -> None:
        if not seeds:
            raise InputError("a click method needs at least one run")
        first = seeds[0]
        for other in seeds[1:]:
            if (other.images, other.rules) != (first.images, first.rules):
                raise InputError(
                    "the seeds of a click method are of different images or rules; run them alike"
                )
        self.images = tuple(dict.fromkeys(first.images))
        made = [_candidates(paths, check) for paths in seeds]
        most = max(quality.shape[2] for quality, _ in made)
        self._quality, self._seconds = (
            np.stack([_held(pair[part], most) for pair in made]) for part in (0, 1)
        )  # (S, C, N, K + 1)
        fine = np.arange(0.0, until + STEP / 2, STEP)
        last = float(self._seconds.mean(2).max())
        self._grid = np.append(fine, np.linspace(until, last, COARSE)[1:]) if last > until else fine

    def curve(self, images: np.ndarray | None = None, seeds: np.ndarray | None = None) -> Curve:
        """The best of all rules.

        Args:
            images: float (N,), weight of each image; None weighs them alike.
            seeds: float (S,), weight of each seed; None weighs them alike.

        Returns:
            the curve; ``concave_hull`` gives the hull of it.
        """
        seconds, quality = (self._mean(array, images, seeds) for array in (self._seconds, self._quality))
        quality = np.maximum.accumulate(quality, axis=1)  # a person may also stop before
        best = np.max([np.interp(self._grid, s, q) for s, q in zip(seconds, quality, strict=True)], axis=0)
        return Curve(self._grid, best)

    def _mean(self, array: np.ndarray, images: np.ndarray | None, seeds: np.ndarray | None) -> np.ndarray:
        """(C, K + 1) of (S, C, N, K + 1)."""
        count, _, images_count, _ = array.shape
        of_seed = np.full(count, 1 / count) if seeds is None else seeds / seeds.sum()
        of_image = np.full(images_count, 1 / images_count) if images is None else images / images.sum()
        used = np.flatnonzero(of_seed)
        means: np.ndarray = sum(of_seed[s] * np.einsum("cnk,n->ck", array[s], of_image) for s in used)  # type: ignore[assignment]
        return means


def concave_hull(seconds: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """The least concave curve above a curve.

    Args:
        seconds: float (T,), strictly rising.
        quality: float (T,).

    Returns:
        float64 (T,).

    Examples:
        >>> concave_hull(np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.2, 0.8])).tolist()
        [0.0, 0.4, 0.8]
    """
    kept: list[int] = []
    for i in range(len(seconds)):
        while len(kept) > 1:
            a, b = kept[-2], kept[-1]
            rise = (quality[b] - quality[a]) * (seconds[i] - seconds[a])
            if rise > (quality[i] - quality[a]) * (seconds[b] - seconds[a]):
                break
            kept.pop()
        kept.append(i)
    return np.interp(seconds, seconds[kept], quality[kept])


def _candidates(paths: ClickPaths, check: float) -> tuple[np.ndarray, np.ndarray]:
    """Quality and seconds (C, N, K + 1) of images, for every rule with and without stopping when satisfied."""
    quality, seconds = [paths.quality.astype(np.float64)], [paths.seconds]
    for target in SATISFIED:
        reached = paths.quality >= target
        # place of the first click that satisfies, else of the last
        stop = np.where(reached.any(2), reached.argmax(2), reached.shape[2] - 1)
        held = np.minimum(np.arange(reached.shape[2]), stop[..., None])
        quality.append(np.take_along_axis(paths.quality, held, 2).astype(np.float64))
        seconds.append(np.take_along_axis(paths.seconds, held, 2))
    names = list(dict.fromkeys(paths.images))
    of = np.array([names.index(image) for image in paths.images])
    share = np.bincount(of)[of]
    total = np.concatenate(seconds) + check * (np.arange(paths.quality.shape[2]) > 0) / share[:, None]
    member = (of[:, None] == np.arange(len(names))).astype(np.float64)  # (U, N)
    mean = member / np.bincount(of)
    return (
        np.einsum("cuk,un->cnk", np.concatenate(quality), mean),
        np.einsum("cuk,un->cnk", total, member),
    )


def _held(array: np.ndarray, most: int) -> np.ndarray:
    """(C, N, most): the last value is kept."""
    missing = most - array.shape[2]
    return np.concatenate([array, np.repeat(array[:, :, -1:], missing, axis=2)], axis=2)
