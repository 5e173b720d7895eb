"""The outcome of clicking one object or one whole image, as it is stored and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fsannot.clicks.click import Click
from fsannot.clicks.cost import region_curve
from fsannot.clicks.protocol import Episode
from fsannot.clicks.semantic import ClickPath, SemanticEpisode
from fsannot.human.clock import Clock


@dataclass(frozen=True, eq=False)
class ClickOutcome:
    """The outcome of K clicks on one object, or on all class regions of one image.

    Attributes:
        quality: float64 (K,), IoU (object) or pixel agreement (image) after each click, in [0, 1].
        places: int32 (K, 4): region, y, x, 1 for a positive click. An object is region 0.
        seconds: float64 (K,), measured computing time; preparing a region counts to its first click.
        predictor_seconds: the part of them that was spent inside the predictor.
        labels: int16 (H, W): 1 object and 0 the rest, or the class of each pixel and −1 where none was painted.
        finished: nothing was left to click, see ``Episode``; for an image, in every region.
        reached: bool (K,), whether the object, or the region clicked on, has reached its target, see ``Episode``.
        classes: int32 (R,), class of each region of an image; empty for an object, which needs no label.
        paths: of an image, what every rule of ``region_rules`` gives; empty for an object, of which all is known.
    """

    quality: np.ndarray
    places: np.ndarray
    seconds: np.ndarray
    predictor_seconds: float
    labels: np.ndarray
    finished: bool
    reached: np.ndarray
    classes: np.ndarray
    paths: tuple[ClickPath, ...] = ()

    @classmethod
    def from_episode(cls, episode: Episode) -> ClickOutcome:
        """The outcome on one object, from its ``episode``."""
        seconds = episode.seconds.copy()
        seconds[0] += episode.start_seconds
        return cls(
            quality=episode.ious,
            places=_places([episode]),
            seconds=seconds,
            predictor_seconds=episode.predictor_seconds,
            labels=episode.mask.astype(np.int16),
            finished=episode.finished,
            reached=episode.reached,
            classes=np.zeros(0, np.int32),
        )

    @classmethod
    def from_semantic(cls, episode: SemanticEpisode) -> ClickOutcome:
        """The outcome on one image, from its ``episode``."""
        return cls(
            quality=episode.agreement,
            places=_places(episode.episodes),
            seconds=episode.seconds,
            predictor_seconds=sum(e.predictor_seconds for e in episode.episodes),
            labels=episode.labels.astype(np.int16),
            finished=all(e.finished for e in episode.episodes),
            reached=np.concatenate([e.reached for e in episode.episodes]),
            classes=np.array(episode.classes, np.int32),
            paths=episode.paths,
        )

    def human_seconds(self, clock: Clock) -> np.ndarray:
        """Human seconds spent after each click.

        Args:
            clock: seconds of a first and of a further click, and of a key.

        Returns:
            float64 (K,), rising.
        """
        return region_curve(self.places[:, 0], self.classes, clock)

    def every_path(self) -> tuple[ClickPath, ...]:
        """What every rule of stopping gives: the clicks as they were made for an object, ``paths`` for an image."""
        return self.paths or (ClickPath("clicks as made", self.places[:, 0], self.quality),)

    def episode(self, name: str, *, max_clicks: int, target_iou: float | None) -> Episode:
        """The object's episode, for the results table; its preparation is part of the first click.

        Args:
            name: of the image or instance.
            max_clicks: the most clicks that were allowed.
            target_iou: IoU at which the episode stopped early, or None.

        Returns:
            the episode, without the masks after each click.
        """
        return Episode(
            name=name,
            ious=self.quality,
            clicks=tuple(Click(int(y), int(x), bool(p)) for _, y, x, p in self.places),
            seconds=self.seconds,
            start_seconds=0.0,
            predictor_seconds=self.predictor_seconds,
            mask=self.labels == 1,
            masks=None,
            max_clicks=max_clicks,
            target_iou=target_iou,
            finished=self.finished,
        )

    def without_labels(self) -> ClickOutcome:
        """A copy without the pixels, once they are written: the masks of a large dataset need not stay in memory."""
        return replace(self, labels=np.zeros((0, 0), np.int16))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """The arrays that are stored, by name of the attribute."""
        return {
            "quality": self.quality,
            "places": self.places,
            "seconds": self.seconds,
            "predictor_seconds": np.array(self.predictor_seconds),
            "labels": self.labels,
            "finished": np.array(self.finished),
            "reached": self.reached,
            "classes": self.classes,
            "path_rules": np.array([path.rule for path in self.paths], np.str_),
            "path_clicks": np.array([len(path.quality) for path in self.paths], np.int64),
            "path_regions": np.concatenate([np.zeros(0, np.int32), *(path.regions for path in self.paths)]),
            "path_quality": np.concatenate([np.zeros(0), *(path.quality for path in self.paths)]),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> ClickOutcome:
        """The outcome, from the stored ``arrays`` that ``to_arrays`` gave."""
        cuts = np.cumsum(arrays["path_clicks"])[:-1]
        paths = zip(
            arrays["path_rules"].tolist(),
            np.split(arrays["path_regions"], cuts),
            np.split(arrays["path_quality"], cuts),
            strict=False,  # without paths, splitting gives one empty part
        )
        return cls(
            quality=arrays["quality"],
            places=arrays["places"],
            seconds=arrays["seconds"],
            predictor_seconds=float(arrays["predictor_seconds"]),
            labels=arrays["labels"],
            finished=bool(arrays["finished"]),
            reached=arrays["reached"],
            classes=arrays["classes"],
            paths=tuple(ClickPath(*path) for path in paths),
        )


def _places(episodes: Sequence[Episode]) -> np.ndarray:
    return np.array(
        [(r, c.y, c.x, c.positive) for r, episode in enumerate(episodes) for c in episode.clicks], np.int32
    )
