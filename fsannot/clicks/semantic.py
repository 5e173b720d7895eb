"""Labelling a whole image by clicks, one class region after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import cv2
import numpy as np

from fsannot.clicks.clicker import Clicker
from fsannot.clicks.cost import region_curve
from fsannot.clicks.predictor import ClickPredictor
from fsannot.clicks.protocol import MAX_CLICKS, Episode, run_episode
from fsannot.clicks.stopping import Painting, RegionRule, region_rules
from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE
from fsannot.human.clock import Clock

Regions = Literal["class", "component"]


@dataclass(frozen=True, eq=False)
class ClickPath:
    """The clicks on one image under one rule.

    Attributes:
        rule: in words.
        regions: int32 (K,), region of each click.
        quality: float64 (K,), agreement after it, in [0, 1].
    """

    rule: str
    regions: np.ndarray
    quality: np.ndarray


@dataclass(frozen=True, eq=False)
class SemanticEpisode:
    """The clicks on all class regions of one image. K is the number of clicks in all of them.

    Attributes:
        name: of the image.
        classes: class of each region, in the order they were clicked.
        episodes: one for each region that was clicked.
        labels: int32 (H, W), the class of each pixel at the end; ``IGNORE`` where no mask was painted.
        agreement: float64 (K,), fraction of the pixels with ground truth that have the right class after each click.
        human_seconds: float64 (K,), human seconds spent after each click.
        paths: the same image under every rule of ``region_rules``.
    """

    name: str
    classes: tuple[int, ...]
    episodes: tuple[Episode, ...]
    labels: np.ndarray
    agreement: np.ndarray
    human_seconds: np.ndarray
    paths: tuple[ClickPath, ...]

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
    target_agreement: float | None = None,
    threshold: float | None = None,
    inclusive: bool = False,
    edge_map: np.ndarray | None = None,
    regions: Regions = "class",
    min_area: int = 0,
    name: str = "ground truth",
) -> SemanticEpisode:
    """Click every class region of an image, the largest first, each as an episode of its own.

    A region's mask is painted over earlier ones, so that small objects lie on top of large ones. Every change of label
    is a key. All regions get all their clicks, so that what other rules than this one would have given is known, too;
    seconds and labels are of this one.

    Args:
        predictor: see ``run_episode``.
        image: uint8 (H, W, 3), RGB.
        gt: int (H, W), class of each pixel from 0, or ``IGNORE``.
        clicker: see ``run_episode``.
        clock: seconds of a first and of a further click.
        max_clicks: most clicks of each region, at least 1.
        target_iou: IoU at which a region is good enough to go on with the next; None never stops early.
        target_agreement: agreement at which the image is good enough; None clicks every region.
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
    if target_agreement is not None and not 0.0 < target_agreement <= 1.0:
        raise InputError(
            f"target_agreement={target_agreement} is not valid; in (0, 1], or null to click every region"
        )
    painting = Painting(gt)
    tried: list[Episode] = []
    for number, region in enumerate(found):
        episode = run_episode(
            predictor,
            image,
            region.alone(gt),
            clicker,
            max_clicks=max_clicks,
            threshold=threshold,
            inclusive=inclusive,
            edge_map=edge_map,
            keep_masks=True,
            name=f"{name}, class {region.value}, region {number + 1} of {len(found)}",
        )
        painting.add(region.value, episode.masks or ())
        tried.append(replace(episode, masks=None))
    counts = [RegionRule(max_clicks, target_iou).count(episode.ious) for episode in tried]
    agreement = painting.agreement(counts)
    if target_agreement is not None and (agreement >= target_agreement).any():
        made = int(np.argmax(agreement >= target_agreement)) + 1
        before = np.cumsum([0, *counts[:-1]])
        counts = [int(count) for count in np.clip(made - before, 0, counts)]
    classes = np.array([region.value for region in found])
    clicked = np.repeat(np.arange(len(found)), counts)
    return SemanticEpisode(
        name=name,
        classes=tuple(region.value for region in found),
        episodes=tuple(
            _shortened(tried[i], counts[i], painting.mask(i, counts[i]), target_iou)
            for i in range(len(found))
            if counts[i]
        ),
        labels=painting.labels(counts),
        agreement=agreement[: len(clicked)],
        human_seconds=region_curve(clicked, classes, clock),
        paths=tuple(_path(painting, rule, tried) for rule in region_rules(max_clicks)),
    )


def _path(painting: Painting, rule: RegionRule, tried: Sequence[Episode]) -> ClickPath:
    counts = [rule.count(episode.ious) for episode in tried]
    regions = np.repeat(np.arange(len(tried), dtype=np.int32), counts)
    return ClickPath(rule.name, regions, painting.agreement(counts))


def _shortened(episode: Episode, count: int, mask: np.ndarray, target_iou: float | None) -> Episode:
    """The first clicks of an episode; the predictor's share of the seconds is that of the whole."""
    seconds = episode.seconds[:count]
    share = (float(seconds.sum()) + episode.start_seconds) / episode.machine_seconds
    ious = episode.ious[:count]
    whole = count == len(episode.ious)
    return replace(
        episode,
        ious=ious,
        clicks=episode.clicks[:count],
        seconds=seconds,
        mask=mask,
        predictor_seconds=share * episode.predictor_seconds,
        target_iou=target_iou,
        finished=(whole and episode.finished) or bool(ious[-1] == 1.0),
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
