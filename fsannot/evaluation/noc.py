"""The click literature's table: number of clicks to a quality, and quality after a number of clicks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from fsannot.clicks.protocol import Episode
from fsannot.data.errors import InputError, ResultsError
from fsannot.evaluation.results import read_json
from fsannot.evaluation.rows import write_atomically

TARGETS = (0.80, 0.85, 0.90, 0.95)
CLICKS = (1, 3, 5, 10, 20)


def number_of_clicks(episode: Episode, target: float) -> int:
    """NoC@target: first k with IoU after k clicks ≥ ``target``, else the budget (20).

    Args:
        episode: the clicks on one object.
        target: IoU in [0, 1].

    Returns:
        number of clicks, 1 to the budget.

    Raises:
        InputError: the episode stopped early below ``target``, so that nothing is known of it.
    """
    hits = np.flatnonzero(episode.ious >= target)
    if hits.size:
        return int(hits[0]) + 1
    if _stopped_early(episode):
        raise InputError(
            f"{episode.name}: stopped at its target_iou={episode.target_iou}, NoC@{target:g} is not known; "
            f"run with target_iou={target:g} or null"
        )
    return episode.max_clicks


def iou_at(episode: Episode, clicks: int) -> float:
    """IoU after a number of clicks, without early stopping; of an object that needs fewer, what it had at its last.

    Args:
        episode: the clicks on one object.
        clicks: 1 to the episode's budget.

    Returns:
        IoU in [0, 1].

    Raises:
        InputError: fewer clicks were made because the episode stopped early, or because the budget was
            smaller.
    """
    if clicks < 1 or clicks > episode.max_clicks:
        raise InputError(f"IoU@{clicks} is outside the budget of 1 to {episode.max_clicks} clicks")
    if clicks > len(episode.ious) and _stopped_early(episode):
        raise InputError(
            f"{episode.name}: stopped early at click {len(episode.ious)}, IoU@{clicks} is not known; "
            "run with target_iou=null"
        )
    return float(episode.ious[min(clicks, len(episode.ious)) - 1])


@dataclass(frozen=True)
class ClickTable:
    """The table's numbers over N objects; a key is a target or a number of clicks.

    Attributes:
        objects: N.
        noc: mean number of clicks to each target, budget-capped.
        noc_std: its standard deviation over objects.
        capped: objects whose NoC is the budget, as published (``≥ 20``): solved at the last click or never.
        unsolved: those of them that never reached the target.
        converged: objects that reached the run's own target, at the last click too; without early stopping, IoU 1.
        exhausted: objects that ended below it because every pixel of their error was clicked. Their NoC is the
            budget, their IoU@k what they had.
        iou_at: mean IoU after that many clicks.
        seconds_per_click: measured, the whole loop ÷ all clicks.
        overhead: fraction of the measured seconds spent outside the predictor: robot, thresholding, IoU.
    """

    objects: int
    noc: dict[float, float]
    noc_std: dict[float, float]
    capped: dict[float, int]
    unsolved: dict[float, int]
    converged: int
    exhausted: int
    iou_at: dict[int, float]
    seconds_per_click: float
    overhead: float


def click_table(
    episodes: Sequence[Episode],
    targets: Sequence[float] = TARGETS,
    clicks: Sequence[int] = CLICKS,
) -> ClickTable:
    """Table of the targets and click counts the episodes can answer.

    Targets above an early stop and, with an early stop, every IoU@k are left out; numbers of clicks beyond
    the budget too.

    Args:
        episodes: one an object, of the same budget and target.
        targets: IoUs in [0, 1] of NoC.
        clicks: numbers of clicks of IoU@k.

    Returns:
        the table.

    Raises:
        InputError: no episodes, or episodes of different budgets or targets.
    """
    if not episodes:
        raise InputError("no episodes to make a table of")
    rules = {(e.max_clicks, e.target_iou) for e in episodes}
    if len(rules) > 1:
        raise InputError(f"episodes of different (max_clicks, target_iou) cannot share a table: {rules}")
    budget, stop = rules.pop()
    known = [t for t in targets if stop is None or t <= stop]
    counts = {t: np.array([number_of_clicks(e, t) for e in episodes]) for t in known}
    reached = {t: np.array([bool((e.ious >= t).any()) for e in episodes]) for t in known}
    seconds = sum(e.machine_seconds for e in episodes)
    return ClickTable(
        objects=len(episodes),
        noc={t: float(c.mean()) for t, c in counts.items()},
        noc_std={t: float(c.std()) for t, c in counts.items()},
        capped={t: int((c == budget).sum()) for t, c in counts.items()},
        unsolved={t: int((~r).sum()) for t, r in reached.items()},
        converged=sum(e.converged for e in episodes),
        exhausted=sum(e.finished and not e.converged for e in episodes),
        iou_at={k: float(np.mean([iou_at(e, k) for e in episodes])) for k in clicks if k <= budget}
        if stop is None
        else {},
        seconds_per_click=seconds / sum(len(e.clicks) for e in episodes),
        overhead=1.0 - sum(e.predictor_seconds for e in episodes) / seconds,
    )


@dataclass(frozen=True)
class ClickPoint:
    """One click of one object, a line of ``clicks.csv``. ``None`` = not applicable.

    Attributes:
        group, image, instance: as in the result rows.
        click: 1, 2, … within the object, or within the image of a semantic set.
        region: class region of a semantic image it was made on, in order; 0 for an object.
        y, x: pixel.
        positive: 1 on the object, 0 on what is not.
        iou, agreement: after it, in [0, 1].
        converged: 1 where the object, or the region clicked on, has reached its target at this click or before.
            Without early stopping the target is IoU 1.
        human_seconds, waiting_seconds: spent on the object, or image, so far.
    """

    group: str
    image: str
    instance: int | None
    click: int
    region: int
    y: int
    x: int
    positive: int
    iou: float | None
    agreement: float | None
    converged: int
    human_seconds: float
    waiting_seconds: float


def write_click_table(path: Path | str, table: ClickTable) -> None:
    """Write ``clicks.json`` atomically.

    Args:
        path: of the file.
        table: of the run.

    Raises:
        ResultsError: the file cannot be written.
    """
    write_atomically(path, (json.dumps(asdict(table), indent=2, allow_nan=False) + "\n").encode())


def read_click_table(path: Path | str) -> ClickTable:
    """Read ``clicks.json``.

    Args:
        path: of the file.

    Returns:
        the table.

    Raises:
        ResultsError: missing, half written or something else; names the file.
    """
    values = read_json(path)
    try:
        for key in ("noc", "noc_std", "capped", "unsolved"):
            values[key] = {float(target): value for target, value in values[key].items()}
        values["iou_at"] = {int(clicks): value for clicks, value in values["iou_at"].items()}
        return ClickTable(**values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultsError(f"{path}: not a click table ({error}); run again to write it") from error


def _stopped_early(episode: Episode) -> bool:
    return episode.target_iou is not None and bool((episode.ious >= episode.target_iou).any())
