"""Methods compared by their effort curves: intervals over groups and seeds together, differences paired by group.

A method is one or several runs, its seeds, over the same images. A resample draws groups of images, the same for all
methods, and seeds of each method; the mean curve of what was drawn is measured. So the interval of a difference leaves
out what makes a group hard for both, and holds what another seed would change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from fsannot.data.errors import InputError
from fsannot.evaluation.click_paths import ClickPaths
from fsannot.evaluation.effort import area_under_curve, quality_at, seconds_to_reach
from fsannot.evaluation.envelope import Envelope, concave_hull
from fsannot.evaluation.image_curves import ImageCurves
from fsannot.evaluation.intervals import LEVEL, RESAMPLES, Interval

HULL = "concave hull"


class EffortCurve(NamedTuple):
    """Mean quality against human seconds per image.

    Attributes:
        seconds: float64 (T,), rising.
        quality: float64 (T,), in [0, 1].
        linear: whether quality is linear between the points, as of clicks, or a step, as of a session.
    """

    seconds: np.ndarray
    quality: np.ndarray
    linear: bool

    def at(self, seconds: np.ndarray) -> np.ndarray:
        """Quality at some moments, float64, in [0, 1]; after the last point, that of the last."""
        if self.linear:
            return np.interp(seconds, self.seconds, self.quality)
        return quality_at(self.seconds, self.quality, seconds)

    def area(self, until: float) -> float:
        """Mean quality over the seconds from 0 to ``until``, in [0, 1]."""
        if not self.linear:
            return float(area_under_curve(self.seconds, self.quality, until))
        x = np.unique(np.append(self.seconds[self.seconds < until], [0.0, until]))
        return float(np.trapezoid(self.at(x), x) / until)

    def seconds_to(self, level: float) -> float:
        """First moment at which the quality is at least ``level``; infinite where it never is."""
        if not self.linear:
            found = seconds_to_reach(self.seconds, self.quality, level)
            return np.inf if found is None else found
        reached = np.flatnonzero(self.quality >= level)
        if not reached.size:
            return np.inf
        k = int(reached[0])
        if k == 0:
            return float(self.seconds[0])
        (x0, x1), (y0, y1) = self.seconds[k - 1 : k + 1], self.quality[k - 1 : k + 1]
        return float(x0 + (x1 - x0) * (level - y0) / (y1 - y0))


class Method(Protocol):
    """What one or several seeds of a method gave."""

    images: tuple[str, ...]
    seeds: int

    def curves(
        self, images: np.ndarray | None = None, seeds: np.ndarray | None = None
    ) -> dict[str, EffortCurve]:
        """Mean curves, by what they are; the method's own is called ``""``.

        Args:
            images: float (N,), weight of each image; None weighs them alike.
            seeds: float (S,), weight of each seed; None weighs them alike.

        Returns:
            at least one curve.
        """
        ...


class Sessions:
    """Sessions of a robot or of people: steps, because a mask is as good as the last action left it.

    Args:
        seeds: curves of each seed.
        images: order of the images, for all seeds.

    Raises:
        InputError: no seed, or an image has no curve.
    """

    def __init__(self, seeds: Sequence[ImageCurves], images: Sequence[str]) -> None:
        if not seeds:
            raise InputError("a method needs at least one run")
        self.images, self.seeds = tuple(images), len(seeds)
        self._moments = np.unique(np.concatenate([of.seconds for of in seeds]))
        self._quality = np.stack([quality_at(of.seconds, of.of(images), self._moments) for of in seeds])

    def curves(
        self, images: np.ndarray | None = None, seeds: np.ndarray | None = None
    ) -> dict[str, EffortCurve]:
        """See ``Method``."""
        of_seed = _weights(seeds, self.seeds)
        of_image = _weights(images, len(self.images))
        mean = sum(of_seed[s] * (self._quality[s] @ of_image) for s in np.flatnonzero(of_seed))
        return {"": EffortCurve(self._moments, np.asarray(mean), linear=False)}


class Clicks:
    """A click method: the best way to stop at every number of seconds, and the concave hull; see ``Envelope``.

    Args:
        seeds: what each seed gave.
        images: order of the images.
        until: seconds per image up to which curves are compared.
        check: seconds for checking an image and going to the next.
        hull: whether the concave hull is a curve, too.

    Raises:
        InputError: see ``Envelope``; also where an image is missing.
    """

    def __init__(
        self,
        seeds: Sequence[ClickPaths],
        images: Sequence[str],
        *,
        until: float,
        check: float = 0.0,
        hull: bool = True,
    ) -> None:
        self._envelope = Envelope(list(seeds), until=until, check=check)
        if sorted(self._envelope.images) != sorted(images):
            raise InputError("the clicks are of other images; run all methods on the same")
        self.images, self.seeds, self._hull = tuple(images), len(seeds), hull
        self._order = [self.images.index(image) for image in self._envelope.images]

    def curves(
        self, images: np.ndarray | None = None, seeds: np.ndarray | None = None
    ) -> dict[str, EffortCurve]:
        """See ``Method``."""
        seconds, quality = self._envelope.curve(None if images is None else images[self._order], seeds)
        found = {"": EffortCurve(seconds, quality, linear=True)}
        if self._hull:
            found[HULL] = EffortCurve(seconds, concave_hull(seconds, quality), linear=True)
        return found


@dataclass(frozen=True)
class Measures:
    """What is measured of a curve.

    Attributes:
        budgets: seconds per image at which its quality is taken.
        until: seconds up to which its area is taken.
        levels: qualities, the first time they are reached is taken.
    """

    budgets: tuple[float, ...]
    until: float
    levels: tuple[float, ...]

    def of(self, curve: EffortCurve) -> np.ndarray:
        """Values of a curve, float64 (B + 1 + L,): at each budget, the area, seconds to each level."""
        return np.concatenate(
            [
                curve.at(np.array(self.budgets)),
                [curve.area(self.until)],
                [curve.seconds_to(v) for v in self.levels],
            ]
        )


@dataclass(frozen=True, eq=False)
class Resampled:
    """Measures of one curve, and of its resamples.

    Attributes:
        value: float64 (M,), of all images and seeds.
        drawn: float64 (resamples, M).
    """

    value: np.ndarray
    drawn: np.ndarray

    def interval(self, measure: int) -> Interval:
        """Of one measure, with its 95 % interval; an end is infinite where a level is not reached."""
        low, high = np.quantile(
            self.drawn[:, measure], [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf"
        )
        return Interval(float(self.value[measure]), float(low), float(high))

    def less(self, other: Resampled) -> Resampled:
        """This curve less another one, resample by resample."""
        with np.errstate(invalid="ignore"):
            return Resampled(self.value - other.value, self.drawn - other.drawn)


def resample(
    methods: Mapping[str, Method],
    units: Sequence[object],
    measures: Measures,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[tuple[str, str], Resampled]:
    """Two-level bootstrap of all methods together.

    Args:
        methods: by name, over the same images in the same order.
        units: (N,) what is drawn together, one an image; see :func:`~fsannot.evaluation.clusters.clusters`.
        measures: what is measured.
        seed: of the bootstrap.
        resamples: how many.

    Returns:
        ``(name, curve)`` → its measures and their resamples, the same draws of units for all.

    Raises:
        InputError: methods over different images, or not one unit an image.
    """
    orders = {method.images for method in methods.values()}
    if len(orders) != 1 or len(units) != len(next(iter(orders))):
        raise InputError("methods must have the same images in the same order, and one unit each")
    unit = np.unique(np.asarray(units), return_inverse=True)[1]
    many = int(unit.max()) + 1
    value = {
        (name, kind): measures.of(curve)
        for name, method in methods.items()
        for kind, curve in method.curves().items()
    }
    drawn = {key: np.empty((resamples, len(of))) for key, of in value.items()}
    rng = np.random.default_rng(seed)
    for k in range(resamples):
        images = np.bincount(rng.integers(0, many, many), minlength=many)[unit].astype(np.float64)
        for name, method in methods.items():
            picked = rng.integers(0, method.seeds, method.seeds)
            seeds = np.bincount(picked, minlength=method.seeds).astype(np.float64)
            for kind, curve in method.curves(images, seeds).items():
                drawn[name, kind][k] = measures.of(curve)
    return {key: Resampled(value[key], drawn[key]) for key in value}


def _weights(given: np.ndarray | None, count: int) -> np.ndarray:
    return np.full(count, 1 / count) if given is None else given / given.sum()
