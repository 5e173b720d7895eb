"""One episode: a robot clicks on one object until the mask is good enough or the clicks are used up."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from fsannot.clicks.click import Click
from fsannot.clicks.clicker import Clicker
from fsannot.clicks.predictor import ClickPredictor
from fsannot.data.errors import InputError

MAX_CLICKS = 20
"""Budget of every published table."""


@dataclass(frozen=True, eq=False)
class Episode:
    """The clicks on one object and what they led to. K is the number of clicks.

    Attributes:
        name: of the image or instance.
        ious: float64 (K,), IoU after each click, in [0, 1].
        clicks: the K clicks, oldest first.
        seconds: float64 (K,), measured computing time of each click: choosing it, predicting, thresholding, IoU.
        start_seconds: measured time to prepare predictor and clicker for the image.
        predictor_seconds: the part of all these seconds that was spent inside the predictor.
        mask: bool (H, W), after the last click.
        masks: the mask after each click, or None where they were not kept.
        max_clicks: the most clicks that were allowed.
        target_iou: IoU at which the episode stops early; None never stops early.
        finished: nothing was left to click: no error, or only errors on pixels clicked before. K may then be below
            ``max_clicks``. This says nothing about the quality, see ``converged``.
    """

    name: str
    ious: np.ndarray
    clicks: tuple[Click, ...]
    seconds: np.ndarray
    start_seconds: float
    predictor_seconds: float
    mask: np.ndarray
    masks: tuple[np.ndarray, ...] | None
    max_clicks: int
    target_iou: float | None
    finished: bool

    @property
    def reached(self) -> np.ndarray:
        """Whether the target was reached at this click or an earlier one, bool (K,). Without a target, it is IoU 1."""
        return np.logical_or.accumulate(self.ious >= (1.0 if self.target_iou is None else self.target_iou))

    @property
    def converged(self) -> bool:
        """Whether the target was reached at any click. Without a target, it is IoU 1.

        The published number of clicks (NoC) cannot tell an object solved at the last click from one that was never
        solved; this can. An episode that ends because every pixel of the error was clicked has not converged. Whether
        the target was reached at any click. Without a target, it is IoU 1.

        The published number of clicks (NoC) cannot tell an object solved at the last click from one that was never
        solved; this can. An episode that ends because every pixel of the error was clicked has not converged.
        """
        return bool(self.reached[-1])

    @property
    def machine_seconds(self) -> float:
        """Computing seconds of the whole episode, preparation included."""
        return float(self.seconds.sum()) + self.start_seconds


def run_episode(
    predictor: ClickPredictor,
    image: np.ndarray,
    gt: np.ndarray,
    clicker: Clicker,
    *,
    max_clicks: int = MAX_CLICKS,
    target_iou: float | None = None,
    threshold: float | None = None,
    inclusive: bool = False,
    edge_map: np.ndarray | None = None,
    keep_masks: bool = False,
    name: str = "ground truth",
) -> Episode:
    """Click on one object until its mask is good enough or the clicks are used up.

    Args:
        predictor: turns clicks into a mask; sees the image, its edge map and the clicks, never the ground truth.
        image: uint8 (H, W, 3), RGB.
        gt: bool or int (H, W): 1 object, 0 background, −1 ignored. Only the clicker holds it.
        clicker: the simulated annotator.
        max_clicks: most clicks, at least 1.
        target_iou: stop as soon as this IoU is reached (published: 0.9 or 0.85); None never stops early, as IoU@k
            needs.
        threshold: of the probability; None takes the predictor's own, as in its published code.
        inclusive: whether a probability equal to the threshold is object; in published programs it is not.
        edge_map: float32 (H, W) in [0, 1], for predictors that need it.
        keep_masks: also keep the mask after each click.
        name: of the image or instance, for messages and the clicker's random draws.

    Returns:
        clicks, IoU and seconds of the episode.

    Raises:
        InputError: an option outside its domain, sizes that disagree, a ground truth the clicker refuses, a missing
            edge map, or a predictor that does not return float32 (H, W).

    Examples:
        >>> import numpy as np
        >>> from fsannot.clicks.predictors.geodesic import GeodesicPredictor
        >>> gt = np.zeros((40, 60), bool)
        >>> gt[10:30, 15:45] = True
        >>> image = np.where(gt[..., None], [200, 60, 40], [30, 90, 160]).astype(np.uint8)
        >>> episode = run_episode(GeodesicPredictor(), image, gt, Clicker(), target_iou=0.9)
        >>> len(episode.clicks), episode.converged
        (1, True)
    """
    if max_clicks < 1:
        raise InputError(f"max_clicks={max_clicks} is not valid; at least 1")
    if target_iou is not None and not 0.0 < target_iou <= 1.0:
        raise InputError(f"target_iou={target_iou} is not valid; in (0, 1], or null to never stop early")
    if threshold is not None and not 0.0 <= threshold <= 1.0:
        raise InputError(f"threshold={threshold} is not valid; in [0, 1], or null for the predictor's own")
    if gt.shape != image.shape[:2]:
        raise InputError(f"{name}: ground truth {gt.shape} and image {image.shape[:2]} differ in size")
    if predictor.needs_edges and edge_map is None:
        raise InputError(f"{predictor.name} needs an edge map; set edges= to an edge model")
    level = predictor.threshold if threshold is None else threshold
    began = perf_counter()
    clicker.start(gt, name)
    entered = perf_counter()
    predictor.start(image, edge_map if predictor.needs_edges else None)
    now = perf_counter()
    start_seconds, inside = now - began, now - entered
    mask = np.zeros(gt.shape, np.bool_)
    clicks: list[Click] = []
    ious: list[float] = []
    seconds: list[float] = []
    masks: list[np.ndarray] = []
    for _ in range(max_clicks):
        began = now
        click = clicker.click()
        if click is None:
            break
        clicks.append(click)
        entered = perf_counter()
        probability = predictor.predict(tuple(clicks))
        inside += perf_counter() - entered
        if probability.shape != gt.shape or probability.dtype != np.float32:
            raise InputError(
                f"{predictor.name} returned {probability.dtype} {probability.shape}, "
                f"expected float32 {gt.shape}"
            )
        mask = probability >= level if inclusive else probability > level
        ious.append(clicker.observe(mask))
        if keep_masks:
            masks.append(mask)
        now = perf_counter()
        seconds.append(now - began)
        if target_iou is not None and ious[-1] >= target_iou:
            break
    return Episode(
        name=name,
        ious=np.array(ious, np.float64),
        clicks=tuple(clicks),
        seconds=np.array(seconds, np.float64),
        start_seconds=start_seconds,
        predictor_seconds=inside,
        mask=mask,
        masks=tuple(masks) if keep_masks else None,
        max_clicks=max_clicks,
        target_iou=target_iou,
        finished=click is None or ious[-1] == 1.0,
    )
