"""Labelling a whole image by clicks, one class region after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np

from fsannot.clicks.clicker import Clicker
from fsannot.clicks.cost import click_curve
from fsannot.clicks.predictor import ClickPredictor
from fsannot.clicks.protocol import MAX_CLICKS, Episode, run_episode
from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE
from fsannot.human.clock import Clock

Regions = Literal["class", "component"]


@dataclass(frozen=True, eq=False)
class SemanticEpisode:
    """The clicks on all class regions of one image. K is the number of clicks in all of them.

    Attributes:
        name: of the image.
        classes: class of each region, in the order they were clicked.
        episodes: one for each region.
        labels: int32 (H, W), the class of each pixel at the end; ``IGNORE`` where no mask was painted.
        agreement: float64 (K,), fraction of the pixels with ground truth that have the right class after each click.
        human_seconds: float64 (K,), human seconds spent after each click.
    """

    name: str
    classes: tuple[int, ...]
    episodes: tuple[Episode, ...]
    labels: np.ndarray
    agreement: np.ndarray
    human_seconds: np.ndarray

    @property
    def machine_seconds(self) -> float:
        """Computing seconds of all regions, preparation included."""
        return sum(e.machine_seconds for e in self.episodes)

    @property
    def seconds(self) -> np.ndarray:
        """Measured computing seconds of each click, float64 (K,); preparing a region counts to its first click."""
        parts = [e.seconds.copy() for e in self.episodes]
        for part, episode in zip(parts, self.episodes, strict=True):
            part[0] += episode.start_seconds
        return np.concatenate(parts)


def run_semantic(
    predictor: ClickPredictor,
    image: np.ndarray,
    gt: np.ndarray,
    clicker: Clicker,
    clock: Clock,
    *,
    max_clicks: int = MAX_CLICKS,
    target_iou: float | None = 0.9,
    threshold: float | None = None,
    inclusive: bool = False,
    edge_map: np.ndarray | None = None,
    regions: Regions = "class",
    min_area: int = 0,
    name: str = "ground truth",
) -> SemanticEpisode:
    """Click every class region of an image, the largest first, each as an episode of its own.

    A region's mask is painted over earlier ones, so that small objects lie on top of large ones. Choosing the class
    is not charged, as in the click literature's own estimates.

    Args:
        predictor: see ``run_episode``.
        image: uint8 (H, W, 3), RGB.
        gt: int (H, W), class of each pixel from 0, or ``IGNORE``.
        clicker: see ``run_episode``.
        clock: seconds of a first and of a further click.
        max_clicks: most clicks of each region, at least 1.
        target_iou: IoU at which a region is good enough to go on with the next; None never stops early.
        threshold: see ``run_episode``.
        inclusive: see ``run_episode``.
        edge_map: float32 (H, W) in [0, 1], for predictors that need it.
        regions: ``"class"``: all pixels of a class are one region. ``"component"``: each connected component
            (8 neighbors) is one; other components of its class are ignored while it is clicked.
        min_area: pixels; smaller regions are not clicked and keep what was painted there before.
        name: of the image, for messages and random draws.

    Returns:
        the painted classes, and the agreement and seconds after each click.

    Raises:
        InputError: see ``run_episode``; also where no region is large enough to be clicked.
    """
    if regions not in get_args(Regions):
        raise InputError(f"regions={regions!r} is not valid; choose {' or '.join(get_args(Regions))}")
    if min_area < 0:
        raise InputError(f"min_area={min_area} is not valid; pixels, 0 or more")
    found = [r for r in _regions(gt, regions) if r.area >= min_area]
    if not found:
        raise InputError(f"{name}: no class region of {min_area} pixels or more to click; is all ignored?")
    found.sort(key=lambda r: -r.area)  # stable: equal areas stay in order of class and position
    labels = np.full(gt.shape, IGNORE, np.int32)
    known = int(np.count_nonzero(gt != IGNORE))
    episodes: list[Episode] = []
    agreement: list[float] = []
    spent: list[np.ndarray] = []
    seconds = 0.0
    for number, region in enumerate(found):
        value = region.value
        episode = run_episode(
            predictor,
            image,
            region.alone(gt),
            clicker,
            max_clicks=max_clicks,
            target_iou=target_iou,
            threshold=threshold,
            inclusive=inclusive,
            edge_map=edge_map,
            keep_masks=True,
            name=f"{name}, class {value}, region {number + 1} of {len(found)}",
        )
        right = (labels == gt) & (gt != IGNORE)
        before, hit = int(np.count_nonzero(right)), gt == value
        for mask in episode.masks or ():
            gained = int(np.count_nonzero(mask & hit)) - int(np.count_nonzero(mask & right))
            agreement.append((before + gained) / known)
        labels[episode.mask] = value
        curve = click_curve(len(episode.clicks), clock)
        spent.append(seconds + curve)
        seconds += float(curve[-1])
        episodes.append(episode)
    return SemanticEpisode(
        name=name,
        classes=tuple(r.value for r in found),
        episodes=tuple(episodes),
        labels=labels,
        agreement=np.array(agreement, np.float64),
        human_seconds=np.concatenate(spent),
    )


@dataclass(frozen=True, eq=False)
class _Region:
    """A region by its class and, for a component, its number in the class's component map (int32 (H, W))."""

    area: int
    value: int
    parts: np.ndarray | None = None
    part: int = 0

    def alone(self, gt: np.ndarray) -> np.ndarray:
        """int8 (H, W): 1 the region, 0 other classes, ``IGNORE`` ignored and the rest of its own class."""
        single = np.where(gt == IGNORE, IGNORE, gt == self.value).astype(np.int8)
        if self.parts is not None:
            single[(single == 1) & (self.parts != self.part)] = IGNORE
        return single


def _regions(gt: np.ndarray, kind: Regions) -> Iterator[_Region]:
    for value in np.unique(gt[gt != IGNORE]).tolist():
        members = gt == value
        if kind == "class":
            yield _Region(int(np.count_nonzero(members)), value)
            continue
        count, parts, stats, _ = cv2.connectedComponentsWithStats(members.view(np.uint8), connectivity=8)
        for part in range(1, count):
            yield _Region(int(stats[part, cv2.CC_STAT_AREA]), value, parts, part)
