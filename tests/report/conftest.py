"""Run directories as a real session and a real click run would leave them, from generated images."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fsannot.annotation.observation import Observation
from fsannot.data.sample import Sample
from fsannot.evaluation.effort import CurvePoint, write_curve
from fsannot.evaluation.results import PROTOCOL_VERSION, ResultRow, write_results, write_summary
from fsannot.evaluation.summary import summarize
from fsannot.runs.gallery import choose_examples, write_gallery
from fsannot.runs.masks import write_mask
from fsannot.runs.session_record import write_record
from fsannot.segments.table import SegmentTable
from fsannot.simulation.keyframes import Keyframes


def scene(index: int, size: tuple[int, int], classes: int) -> Sample:
    """Discs of the classes on a striped background."""
    rng = np.random.default_rng(index)
    h, w = size
    y, x = np.mgrid[:h, :w]
    target = np.zeros(size, np.int32)
    for label in range(1, classes):
        cy, cx, r = rng.uniform(0.3, 0.7) * h, rng.uniform(0.2, 0.8) * w, rng.uniform(0.15, 0.3) * h
        target[np.hypot(y - cy, x - cx) < r] = label
    target[:4] = -1
    stripes = 20 * np.sin((x + (index % 5) * y) / 7)[..., None]
    tint = rng.uniform(60, 200, (classes, 3))
    image = tint[np.maximum(target, 0)] + stripes + rng.normal(0, 9, (*size, 3))
    return Sample(f"group/{index:05d}", "group", np.clip(image, 0, 255).astype(np.uint8), target)


def partition(sample: Sample, cell: int) -> np.ndarray:
    """Squares, int32 (H, W)."""
    h, w = sample.target.shape
    y, x = np.mgrid[:h, :w] // cell
    return (y * (w // cell + 1) + x).astype(np.int32)


def session_run(
    folder: Path,
    samples: list[Sample],
    *,
    cell: int = 20,
    classes: tuple[str, ...] = ("background", "object"),
    steps: int = 40,
    seed: int = 0,
    dataset: str = "discs",
    method: str = "greedy_box",
    curve_only: bool = False,
) -> Path:
    """A session that labels its segments in boxes, recorded, evaluated and stored."""
    rng = np.random.default_rng(seed)
    maps = [partition(sample, cell) for sample in samples]
    tables = [SegmentTable.from_label_map(m, i) for i, m in enumerate(maps)]
    starts = np.cumsum([0, *(len(t) for t in tables)])
    table = SegmentTable.concatenate(tables)
    rows = [np.full(m.max() + 1, -1, np.int32) for m in maps]
    for i, t in enumerate(tables):
        rows[i][t.label] = np.arange(starts[i], starts[i + 1])
    row_maps = [r[m] for r, m in zip(rows, maps, strict=True)]
    n = len(table)
    votes = np.zeros((n, len(classes)))
    for row_map, sample in zip(row_maps, samples, strict=True):
        seen = sample.target >= 0
        np.add.at(votes, (row_map[seen], sample.target[seen]), 1)
    truth = votes.argmax(1).astype(np.int16)
    centres = np.stack([np.linspace(300, 1300, len(classes)), rng.uniform(350, 850, len(classes))], 1)
    canvas = centres[truth] + rng.normal(0, 120, (n, 2))
    canvas = np.clip(canvas, 20, [1580, 1180]).astype(np.float32)
    wrong = rng.random(n) < 0.02
    given = np.where(wrong, rng.integers(0, len(classes), n), truth)
    order = np.argsort(canvas[:, 0] + rng.normal(0, 30, n))
    recorder, labels, user, curve = Keyframes(limit=24), np.full(n, -1, np.int16), 0.0, []

    def masks(now: np.ndarray) -> list[np.ndarray]:
        return [now[row_map] for row_map in row_maps]

    def score(mask: np.ndarray, target: np.ndarray) -> float:
        counted = target >= 0
        if len(classes) > 2:
            return float((mask == target)[counted].mean())
        union = ((mask == 1) | (target == 1)) & counted
        return float(((mask == 1) & (target == 1) & counted).sum() / max(1, union.sum()))

    for step in range(steps + 1):
        box = None
        if step:
            chosen = order[(step - 1) * n // steps : step * n // steps]
            labels = labels.copy()
            labels[chosen] = given[chosen]
            user += float(rng.uniform(2, 4))
            low, high = canvas[chosen].min(0), canvas[chosen].max(0)
            box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        if step == steps // 2:
            canvas = np.clip(canvas * 0.9 + 60, 20, [1580, 1180]).astype(np.float32)
        shown = np.ones(n, bool)
        if step < 5:
            shown[table.image >= max(1, len(samples) // 2)] = False
        observation = Observation(
            table=table,
            alive=np.ones(n, bool),
            labels=labels,
            shown=shown,
            canvas=canvas,
            visible=None,
            view=None,
            threshold=0.3,
            image_area=np.array([m.size for m in maps], np.int64),
            classes=classes,
            images_loaded=len(samples),
            images_waiting=0,
            pointer=(800.0, 600.0),
            last_label=None,
            focused=False,
            open_image=None,
            highlight=None,
            learned=0,
            labels_since_learning=0,
            human_seconds=user,
        )
        recorder.record(
            observation,
            step=step,
            human_seconds=user,
            action=f"label box {step}" if step else "start",
            box=box,
        )
        mean = float(np.mean([score(m, s.target) for m, s in zip(masks(labels), samples, strict=True)]))
        per_image = (user / len(samples), 0.01 * step)
        foreground = len(classes) == 2
        curve.append(CurvePoint(*per_image, mean if foreground else None, None if foreground else mean, step))
    results = []
    for mask, sample in zip(masks(labels), samples, strict=True):
        write_mask(folder, sample.id, mask, task="foreground" if foreground else "semantic")
        value = score(mask, sample.target)
        results.append(
            ResultRow(
                method, dataset, sample.group, sample.id, None, value if foreground else None,
                None if foreground else value, user / len(samples), 0.01 * steps, steps / len(samples), seed,
            )
        )  # fmt: skip
    if not curve_only:
        record, atlas = recorder.finish(
            observation,
            image_ids=[s.id for s in samples],
            image=lambda i: samples[i].image,
            row_map=lambda i: row_maps[i],
            truth=truth,
        )
        write_record(folder, record, atlas)
        write_gallery(folder, choose_examples(results), samples, classes)
    bound = {"iou_bound": 0.97} if foreground else {"agreement_bound": 0.98}
    finish_run(folder, results, curve, segments=n, **bound)
    return folder


def click_run(folder: Path, samples: list[Sample], *, dataset: str = "discs", seed: int = 0) -> Path:
    """Clicks: masks, curve and results, no session on a canvas, no example images."""
    rng = np.random.default_rng(seed)
    results = []
    for sample in samples:
        mask = np.roll((sample.target == 1).astype(np.int32), int(rng.integers(2, 9)), 1)
        write_mask(folder, sample.id, mask, task="foreground")
        results.append(
            ResultRow("seeded_watershed", dataset, sample.group, sample.id, None,
                      float(rng.uniform(0.7, 0.9)), None, 6.0, 0.2, 5, seed)
        )  # fmt: skip
    curve = [CurvePoint(2.4 + 0.9 * k, 0.04 * k, 0.9 - 0.5 / (k + 1), None, k + 1) for k in range(10)]
    finish_run(folder, results, curve)
    return folder


def finish_run(
    folder: Path, results: list[ResultRow], curve: list[CurvePoint], **summary: float | int
) -> None:
    (folder / "config.yaml").write_text("dataset:\n  name: discs  # <b>not bold</b>\nseed: 0\n")
    write_results(folder / "results.csv", results)
    write_curve(folder / "curve.csv", curve)
    provenance = {
        "fsannot": "0.1.0", "seed": 0, "protocol_version": PROTOCOL_VERSION,
        "versions": {"numpy": np.__version__, "python": "3.11"},
        "skipped": [{"what": "rooftop", "why": "its folder is absent; see the README for where to get it"}],
    }  # fmt: skip
    (folder / "provenance.json").write_text(json.dumps(provenance))
    write_summary(folder / "summary.json", replace(summarize(results), **summary))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def samples() -> list[Sample]:
    return [scene(i, (120, 160), 2) for i in range(10)]


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, samples: list[Sample]) -> dict[str, Path]:
    """One session, one click run on the same images, one semantic session. Not to be changed by tests."""
    base = tmp_path_factory.mktemp("runs")
    street = [scene(100 + i, (120, 160), 5) for i in range(6)]
    classes = ("sky", "road", "car", "tree", "person")
    return {
        "session": session_run(base / "session", samples),
        "clicks": click_run(base / "clicks", samples),
        "semantic": session_run(base / "semantic", street, classes=classes, dataset="street"),
    }


@pytest.fixture
def fresh_run(tmp_path: Path, samples: list[Sample]) -> Callable[[], Path]:
    """A run directory a test may damage."""
    return lambda: session_run(tmp_path / "run", samples[:3], steps=6)
