"""The outcome of clicking one object or one whole image, as it is stored and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fsannot.clicks.click import Click
from fsannot.clicks.protocol import Episode
from fsannot.clicks.semantic import SemanticEpisode
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
    """

    quality: np.ndarray
    places: np.ndarray
    seconds: np.ndarray
    predictor_seconds: float
    labels: np.ndarray
    finished: bool
    reached: np.ndarray

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
        )

    def human_seconds(self, clock: Clock) -> np.ndarray:
        """Human seconds spent after each click.

        Args:
            clock: seconds of a first and of a further click.

        Returns:
            float64 (K,), rising.
        """
        region = self.places[:, 0]
        opens = np.append(True, region[1:] != region[:-1])
        return np.cumsum(np.where(opens, clock.first_click, clock.further_click))

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
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> ClickOutcome:
        """The outcome, from the stored ``arrays`` that ``to_arrays`` gave."""
        return cls(
            quality=arrays["quality"],
            places=arrays["places"],
            seconds=arrays["seconds"],
            predictor_seconds=float(arrays["predictor_seconds"]),
            labels=arrays["labels"],
            finished=bool(arrays["finished"]),
            reached=arrays["reached"],
        )


def _places(episodes: Sequence[Episode]) -> np.ndarray:
    return np.array(
        [(r, c.y, c.x, c.positive) for r, episode in enumerate(episodes) for c in episode.clicks], np.int32
    )
