"""What a person would perceive in a thumbnail. The one place where a robot meets the ground truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from fsannot.annotation.observation import Observation
from fsannot.data.errors import InputError


@dataclass(frozen=True)
class Perception:
    """How often a thumbnail is misjudged.

    The error rate is ``error_large`` for segments of at least ``area_large`` of their image and rises linearly in
    the logarithm of the area to ``error_small`` at ``area_small``; it is multiplied by ``mixed_factor`` for
    segments whose majority is below ``mixed_share``.

    Args:
        error_large, error_small: probabilities in [0, 1].
        area_large, area_small: fractions of the image.
        mixed_share: majority share under which a segment is hard to name.
        mixed_factor: how many times more often it is then misjudged.
        visible_mixture: minority share from which a person notices that a thumbnail holds two things.
    """

    error_large: float = 0.01
    error_small: float = 0.2
    area_large: float = 0.01
    area_small: float = 0.0005
    mixed_share: float = 0.7
    mixed_factor: float = 2.0
    visible_mixture: float = 0.1

    def __post_init__(self) -> None:
        if not (0 <= self.error_large <= 1 and 0 <= self.error_small <= 1):
            raise InputError(
                f"perception.error_large={self.error_large}, error_small={self.error_small}: probabilities in [0, 1]"
            )
        if not 0 < self.area_small < self.area_large <= 1:
            raise InputError(
                f"perception.area_small={self.area_small}, area_large={self.area_large}: "
                "fractions with 0 < small < large ≤ 1 are needed"
            )

    def error(self, area: np.ndarray, majority: np.ndarray) -> np.ndarray:
        """Probability of a wrong look.

        Args:
            area: (N,), fraction of the image.
            majority: (N,), share of the most frequent class.
        """
        span = np.log(self.area_large) - np.log(self.area_small)
        height = np.clip((np.log(self.area_large) - np.log(np.maximum(area, 1e-12))) / span, 0, 1)
        rate = self.error_large + (self.error_small - self.error_large) * height
        return np.minimum(np.where(majority < self.mixed_share, self.mixed_factor * rate, rate), 1.0)


class Oracle:
    """A person's eyes. The same thumbnail is seen the same way each time, until its image is opened.

    Args:
        target: ``image → int32 (H, W)``, ground truth of the session's images, −1 = ignore.
        classes: number of classes.
        perception: error model.
        seed: of the errors.
    """

    def __init__(
        self, target: Callable[[int], np.ndarray], *, classes: int, perception: Perception, seed: int = 0
    ) -> None:
        self._target = target
        self._classes = classes
        self.perception = perception
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget everything seen."""
        self._counts = np.zeros((0, self._classes), np.int32)
        self._known = np.zeros(0, bool)
        self._seen = np.zeros(0, np.int16)
        self._mixed = np.zeros(0, bool)
        self.looked_at = np.zeros(0, bool)
        """bool (N,): thumbnails the robot has looked at so far."""
        self.inspected = np.zeros(0, bool)
        """bool (N,): segments studied in their image, which are seen right."""

    def look(self, observation: Observation, segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Glance at thumbnails on the canvas.

        Returns:
            label: int16 (M,), the class a person would name, −1 where nothing has a class;
            mixed: bool (M,), whether a person notices that two classes share the segment.
        """
        self._catch_up(observation)
        if not observation.alive[segments].all():
            raise InputError("a robot looked at segments that no longer exist")
        self.looked_at[segments] = True
        return self._seen[segments], self._mixed[segments]

    def inspect(self, observation: Observation) -> None:
        """Study the image that is open now: all of its segments are seen right from here on."""
        if observation.open_image is None:
            raise InputError("no image is open; the robot has to step OpenImage first")
        self._catch_up(observation)
        rows = np.flatnonzero(observation.alive & (observation.table.image == observation.open_image))
        self._seen[rows], self._mixed[rows] = self._truth(self._counts[rows])
        self.inspected[rows] = True

    def minority(self, segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The second class of segments that were studied in their image.

        Returns:
            class int16 (M,) and its share of the segment float64 (M,), 0 where there is none.
        """
        if len(segments) and (np.max(segments) >= len(self.inspected) or not self.inspected[segments].all()):
            raise InputError(
                "a robot asked for the parts of segments it did not study; open their image first"
            )
        counts = self._counts[segments].copy()
        total = counts.sum(1)
        counts[np.arange(len(counts)), counts.argmax(1)] = 0
        return counts.argmax(1).astype(np.int16), counts.max(1) / np.maximum(total, 1)

    def split_clicks(
        self, observation: Observation, segment: int, label: int
    ) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]] | None:
        """Where a person would click to part ``label`` from the rest of an opened segment.

        Returns:
            one positive and one negative click, each the pixel deepest inside its part; None where the segment
            does not hold both.
        """
        image = int(observation.table.image[segment])
        if observation.open_image != image:
            raise InputError(f"image={image} is not open; the robot has to step OpenImage first")
        y0, x0, y1, x1 = observation.table.bbox[segment]
        mask = observation.row_map(image)[y0:y1, x0:x1] == segment
        target = self._target(image)[y0:y1, x0:x1]
        wanted, rest = mask & (target == label), mask & (target != label) & (target >= 0)
        if not wanted.any() or not rest.any():
            return None
        return (_deepest(wanted, y0, x0),), (_deepest(rest, y0, x0),)

    def _catch_up(self, observation: Observation) -> None:
        """Count classes of the rows that are new since the last look."""
        total = len(observation.table)
        start = len(self._known)
        grown = total - start
        if grown:
            self._known = np.concatenate([self._known, np.zeros(grown, bool)])
            self._seen = np.concatenate([self._seen, np.full(grown, -1, np.int16)])
            self._mixed = np.concatenate([self._mixed, np.zeros(grown, bool)])
            self.looked_at = np.concatenate([self.looked_at, np.zeros(grown, bool)])
            self.inspected = np.concatenate([self.inspected, np.zeros(grown, bool)])
            self._counts = np.concatenate([self._counts, np.zeros((grown, self._classes), np.int32)])
        new = np.flatnonzero(observation.alive & ~self._known)
        if not len(new):
            return
        for image in np.unique(observation.table.image[new]):
            rows = new[observation.table.image[new] == image]
            self._counts[rows] = self._count(observation, int(image), rows)
        label, mixed = self._truth(self._counts[new])
        counts = self._counts[new]
        majority = counts.max(1) / np.maximum(counts.sum(1), 1)
        rate = self.perception.error(
            observation.table.area[new] / observation.image_area[observation.table.image[new]], majority
        )
        draw = uniform(self._seed, new)
        wrong = draw < rate
        self._seen[new] = np.where(wrong & (label >= 0), self._mistaken(counts, label, draw), label)
        self._mixed[new] = mixed ^ (uniform(self._seed + 1, new) < rate)
        self._known[new] = True

    def _count(self, observation: Observation, image: int, rows: np.ndarray) -> np.ndarray:
        row_map, target = observation.row_map(image), self._target(image)
        place = np.full(len(observation.table), -1, np.int32)
        place[rows] = np.arange(len(rows))
        index = place[row_map]
        valid = (index >= 0) & (target >= 0)
        code = index[valid] * self._classes + target[valid]
        return np.bincount(code, minlength=len(rows) * self._classes).reshape(len(rows), self._classes)

    def _truth(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total = counts.sum(1)
        label = np.where(total > 0, counts.argmax(1), -1).astype(np.int16)
        mixed = total - counts.max(1) >= self.perception.visible_mixture * np.maximum(total, 1)
        return label, mixed & (total > 0)

    def _mistaken(self, counts: np.ndarray, label: np.ndarray, draw: np.ndarray) -> np.ndarray:
        """The class a person takes it for: the second one in the segment, or any other."""
        rest = counts.copy()
        rest[np.arange(len(rest)), np.maximum(label, 0)] = -1
        second = rest.argmax(1)
        other = (
            np.maximum(label, 0) + 1 + (draw * 1e6).astype(np.int64) % max(1, self._classes - 1)
        ) % self._classes
        return np.where(rest.max(1) > 0, second, other).astype(np.int16)


def uniform(seed: int, index: np.ndarray) -> np.ndarray:
    """float64 (N,) in [0, 1): one fixed draw per index, whatever else is drawn (SplitMix64 finaliser)."""
    with np.errstate(over="ignore"):
        x = index.astype(np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
        x = (x + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return (x >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _deepest(mask: np.ndarray, y0: int, x0: int) -> tuple[int, int]:
    """Pixel farthest from the mask's outside, image coordinates; the first one in row-major order on a tie."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(y + y0), int(x + x0)
