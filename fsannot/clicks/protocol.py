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
    """What happened on one object. K = clicks made.

    Attributes:
        name: of the image or instance.
        ious: float64 (K,), IoU after each click, in [0, 1].
        clicks: the K clicks, oldest first.
        seconds: float64 (K,), measured: choosing the click, predicting, thresholding and IoU.
        start_seconds: measured: preparing predictor and robot for the image.
        predictor_seconds: the part of all these seconds that was spent inside the predictor.
        mask: bool (H, W) after the last click.
        masks: the mask after each click, where asked for.
        max_clicks: budget.
        target_iou: where it stopped early; None = never did.
        finished: nothing was left to click: no error, or none on a pixel that was not clicked before. K may then be
            below the budget. It says nothing of the quality, see ``converged``.
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
        """bool (K,): whether the target was reached at each click or before it. Without a target, it is IoU 1."""
        return np.logical_or.accumulate(self.ious >= (1.0 if self.target_iou is None else self.target_iou))

    @property
    def converged(self) -> bool:
        """Whether the target was reached at any click. Without a target, it is IoU 1.

        The published NoC cannot tell an object solved at the last click from one never solved; this can. An
        episode that ends because every pixel of the error was clicked has not converged.
        """
        return bool(self.reached[-1])

    @property
    def machine_seconds(self) -> float:
        """The whole loop, preparation included."""
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
    """Click on one object.

    Args:
        predictor: sees the image, its edge map and the clicks; never the ground truth.
        image: uint8 (H, W, 3), RGB.
        gt: bool or int (H, W): 1 object, 0 background, −1 ignored; only the robot holds it.
        clicker: the robot.
        max_clicks: budget, at least 1.
        target_iou: stop as soon as it is reached (published: 0.9, or 0.85); None never stops early, as IoU@k
            needs.
        threshold: of the probability; None takes the predictor's own (0.5 or 0.49 in its published code).
        inclusive: whether a probability equal to the threshold is object; published is not.
        edge_map: float32 (H, W) in [0, 1], for predictors that need it.
        keep_masks: also keep the mask after each click.
        name: of the image or instance, for messages and the robot's random draws.

    Raises:
        InputError: an option outside its domain, sizes that disagree, a ground truth the robot refuses, a
            predictor that needs an edge map and gets none, or one that returns no float32 (H, W).
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
