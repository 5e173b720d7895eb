"""One simulated annotator on one dataset, from images to result files."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from fsannot.annotation.actions import Action, FocusBox, LabelBox, LabelRest, LabelSegment, RefineBox
from fsannot.annotation.clock import Clock
from fsannot.annotation.machine import Machine
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.trace import TraceStep
from fsannot.data.dataset import Dataset
from fsannot.evaluation.effort import CurvePoint, write_curve
from fsannot.evaluation.image_curves import ImageCurves, write_image_curves
from fsannot.evaluation.instances import instance_ious
from fsannot.evaluation.intervals import bootstrap_interval
from fsannot.evaluation.iou import agreement, iou
from fsannot.evaluation.results import ResultRow, Summary, write_results, write_summary
from fsannot.evaluation.rows import write_atomically
from fsannot.evaluation.scorer import Scorer
from fsannot.pipeline.effort import EffortLedger
from fsannot.pipeline.loggers import RunLogger
from fsannot.report.bundle import write_record
from fsannot.report.gallery import choose_examples, write_gallery
from fsannot.report.masks import write_mask
from fsannot.report.page import write_report
from fsannot.report.recorder import SessionRecorder
from fsannot.robots.motor import Motor
from fsannot.robots.oracle import Oracle, Perception
from fsannot.robots.robot import Robot

log = logging.getLogger(__name__)


def annotate(
    dataset: Dataset,
    machine: Machine,
    robot: Robot,
    *,
    clock: Clock,
    perception: Perception,
    motor: Motor,
    folder: Path,
    provenance: Mapping[str, Any],
    stage_seconds: float = 0.0,
    first_images: int = 15,
    batch_images: int = 15,
    max_actions: int = 100_000,
    seed: int = 0,
    loggers: Sequence[RunLogger] = (),
    config: Mapping[str, Any] | None = None,
) -> Summary:
    """Simulate a session, judge its masks, and write all result files into ``folder``.

    ``summary.json`` is written last: a folder without it holds no finished run.

    Args:
        dataset: images and ground truth; only the oracle and the evaluation read the latter.
        machine: the computing side, over the same images in the same order.
        robot: the annotator.
        clock, perception, motor: what its actions cost, how well it sees, how well it draws.
        folder: run directory, exists.
        provenance: record for ``provenance.json``.
        stage_seconds: machine seconds spent before the session (edges, hierarchies), measured when they were
            computed.
        first_images, batch_images: images open at the start, and added by each request.
        max_actions: a robot that does not stop by itself is stopped here.
        seed: of robot, perception, motor and intervals.
        loggers: receive the curve while it grows.
        config: JSON-ready, for the loggers.
    """
    images = len(dataset)

    @lru_cache(maxsize=256)
    def target(image: int) -> np.ndarray:
        return dataset[image].target

    session = AnnotationSession(
        machine, classes=dataset.classes, clock=clock, first_images=first_images, batch_images=batch_images
    )
    oracle = Oracle(target, classes=len(dataset.classes), perception=perception, seed=seed)
    scorer = Scorer(target, images=images, classes=len(dataset.classes), task=dataset.task)
    recorder, ledger = SessionRecorder(), EffortLedger(images)

    screen = session.reset()
    robot.begin(oracle, clock=clock, task=dataset.task, seed=seed)
    recorder.record(screen, step=0, user_seconds=0.0, action="start")
    curve: list[CurvePoint] = []
    of_images: list[np.ndarray] = []
    timings: list[tuple[int, float]] = []
    measure = "iou" if dataset.task == "foreground" else "agreement"

    def note(actions: int) -> None:
        scores = scorer.scores(session.state)
        of_images.append(scores.astype(np.float32))
        value = float(scores.mean())
        point = {
            "user_seconds_per_image": session.human_seconds / images,
            "machine_seconds_per_image": (stage_seconds + machine.seconds) / images,
        }
        quality: dict[str, Any] = {"iou": None, "agreement": None, measure: value}
        curve.append(CurvePoint(**point, **quality, actions=actions))
        for logger in loggers:
            logger.log(actions, {measure: value, **point})

    for logger in loggers:
        logger.begin(folder, config or {}, f"{robot.name}-{dataset.name}-{seed}")
    note(0)
    try:
        with (folder / "trace.jsonl").open("w", encoding="utf-8") as trace:
            step = 0
            while not session.done and step < max_actions:
                step += 1
                action = motor.carry_out(robot.act(screen), screen, step=step, seed=seed)
                before = session.state
                result = session.step(action)
                screen = result.observation
                changed = ledger.book(before, session.state, result.human_seconds)
                trace.write(TraceStep(step, action, result.human_seconds, changed).to_json() + "\n")
                trace.flush()
                timings.append((step, result.machine_seconds))
                note(step)
                recorder.record(
                    screen,
                    step=step,
                    user_seconds=session.human_seconds,
                    action=describe(action, changed, dataset.classes),
                    box=getattr(action, "box", None),
                )
        log.info("session: %d actions, %.1f human seconds", step, session.human_seconds)
        seconds = np.array([point.user_seconds_per_image for point in curve])
        write_image_curves(folder, ImageCurves(tuple(dataset.ids), seconds, np.stack(of_images)))
        return _finish(
            dataset, session, robot, oracle, scorer, recorder, ledger,
            curve=curve, timings=timings, folder=folder, provenance=provenance,
            machine_seconds=stage_seconds + machine.seconds, seed=seed, loggers=loggers,
        )  # fmt: skip
    except BaseException:
        for logger in loggers:
            logger.finish({}, failed=True)
        raise


def _finish(
    dataset: Dataset,
    session: AnnotationSession,
    robot: Robot,
    oracle: Oracle,
    scorer: Scorer,
    recorder: SessionRecorder,
    ledger: EffortLedger,
    *,
    curve: list[CurvePoint],
    timings: list[tuple[int, float]],
    folder: Path,
    provenance: Mapping[str, Any],
    machine_seconds: float,
    seed: int,
    loggers: Sequence[RunLogger],
) -> Summary:
    """Judge the final masks pixel by pixel and write everything."""
    images = len(dataset)
    rows: list[ResultRow] = []
    for image in range(images):
        sample = dataset[image]
        loaded = image < len(session.state.label_maps)
        labels = session.mask(image) if loaded else np.full(sample.target.shape, -1, np.int16)
        write_mask(folder, sample.id, labels)
        common: dict[str, Any] = {
            "method": robot.name,
            "dataset": dataset.name,
            "group": sample.group,
            "image": sample.id,
            "seed": seed,
        }
        effort = (ledger.seconds[image], machine_seconds / images, ledger.actions[image])
        if dataset.unit == "instance" and sample.instances is not None:
            scores = instance_ious(labels > 0, sample.instances)
            for number, value in scores.items():
                share = [float(e) / len(scores) for e in effort]
                rows.append(_row(common, number, value, None, share))
        elif dataset.task == "foreground":
            rows.append(_row(common, None, iou(labels > 0, sample.target), None, effort))
        else:
            rows.append(_row(common, None, None, agreement(labels, sample.target), effort))

    summary = _summary(dataset, session, robot, scorer, rows, curve, machine_seconds, seed)
    write_results(folder / "results.csv", rows)
    write_curve(folder / "curve.csv", curve)
    lines = "".join(f"{step},{seconds!r}\n" for step, seconds in timings)
    write_atomically(folder / "timings.csv", f"step,machine_seconds\n{lines}".encode())
    looked = {"thumbnails_looked_at": int(oracle.looked_at.sum())}
    write_atomically(
        folder / "provenance.json", (json.dumps({**provenance, **looked}, indent=2) + "\n").encode()
    )
    ids = dataset.ids[: len(session.state.label_maps)]
    write_record(folder, *recorder.finish(session.observe(), image_ids=ids, image=dataset.image))
    chosen = choose_examples(rows)
    index = {name: i for i, name in enumerate(dataset.ids)}
    write_gallery(folder, chosen, (dataset[index[name]] for name in chosen), dataset.classes)
    write_summary(folder / "summary.json", summary)
    write_report([folder], folder / "report.html", title=f"{robot.name} on {dataset.name}")
    for logger in loggers:
        logger.table("results", [asdict(row) for row in rows])
        logger.finish({k: v for k, v in asdict(summary).items() if v is not None})
    return summary


def _row(
    common: dict[str, Any],
    instance: int | None,
    iou_: float | None,
    agreement_: float | None,
    effort: Sequence[float],
) -> ResultRow:
    user, machine, actions = (round(float(value), 6) for value in effort)
    return ResultRow(
        **common,
        instance=instance,
        iou=iou_,
        agreement=agreement_,
        user_seconds=user,
        machine_seconds=machine,
        actions=actions,
    )


def _summary(
    dataset: Dataset,
    session: AnnotationSession,
    robot: Robot,
    scorer: Scorer,
    rows: list[ResultRow],
    curve: list[CurvePoint],
    machine_seconds: float,
    seed: int,
) -> Summary:
    images = len(dataset)
    units = [row.image for row in rows]
    bound = float(scorer.bounds(session.state).mean())
    seconds = bootstrap_interval([row.user_seconds or 0.0 for row in rows], units=units, seed=seed)
    values: dict[str, Any] = {}
    if dataset.task == "foreground":
        scores = [row.iou for row in rows if row.iou is not None]
        mean = bootstrap_interval(scores, units=units, seed=seed)
        median = bootstrap_interval(scores, statistic=np.median, units=units, seed=seed)
        values = {
            "iou_mean": mean.value,
            "iou_mean_ci": (mean.low, mean.high),
            "iou_median": median.value,
            "iou_median_ci": (median.low, median.high),
            "iou_bound": bound,
        }
    else:
        mean = bootstrap_interval(
            [r.agreement for r in rows if r.agreement is not None], units=units, seed=seed
        )
        values = {"agreement": mean.value, "agreement_ci": (mean.low, mean.high), "agreement_bound": bound}
    return Summary(
        method=robot.name,
        dataset=dataset.name,
        seed=seed,
        images=images,
        segments=int(session.state.alive.sum()),
        actions=curve[-1].actions,
        user_seconds_per_image=session.human_seconds / images,
        user_seconds_per_image_ci=None if dataset.unit == "instance" else (seconds.low, seconds.high),
        machine_seconds_per_image=machine_seconds / images,
        **values,
    )


def describe(action: Action, changed: int, classes: Sequence[str]) -> str:
    """An action in words, for the report."""
    match action:
        case LabelBox(label=label):
            return f"box → {classes[label]} ({changed} segments)"
        case LabelSegment(label=label):
            return f"segment → {classes[label]}"
        case LabelRest(label=label):
            return f"the rest → {classes[label]} ({changed} segments)"
        case RefineBox():
            return f"refine box ({changed} segments)"
        case FocusBox():
            return "focus on a box"
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in type(action).__name__)
    return words.strip() + (f" ({changed} segments)" if changed else "")
