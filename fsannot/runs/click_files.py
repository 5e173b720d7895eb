"""A click run's result files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsannot.clicks.cost import region_curve
from fsannot.clicks.outcome import ClickOutcome
from fsannot.data.dataset import Dataset
from fsannot.evaluation.click_paths import ClickPaths, write_click_paths
from fsannot.evaluation.effort import CurvePoint, write_curve
from fsannot.evaluation.image_curves import ImageCurves, write_image_curves
from fsannot.evaluation.noc import ClickPoint, click_table, write_click_table
from fsannot.evaluation.results import ResultRow, write_results
from fsannot.evaluation.rows import write_rows
from fsannot.human.clock import Clock


@dataclass(frozen=True, eq=False)
class ClickedUnit:
    """A clicked object or image, with its names.

    Attributes:
        group, image, instance: as in the result rows.
        outcome: of its clicks.
        edge_seconds: its share of the image's edge map, measured when that was computed before the session; 0 without.
    """

    group: str
    image: str
    instance: int | None
    outcome: ClickOutcome
    edge_seconds: float

    @property
    def waiting_seconds(self) -> np.ndarray:
        """Measured seconds waited after each click, float64 (K,); opening the object counts to the first."""
        return np.cumsum(self.outcome.seconds)


class ClickFiles:
    """Writes a run's rows, curve, clicks and table.

    Args:
        folder: run directory.
        dataset: its name, task and unit name the rows.
        method: the predictor's name.
        clock: prices of the clicks.
        seed: of the run.
    """

    def __init__(self, folder: Path, dataset: Dataset, method: str, clock: Clock, seed: int) -> None:
        self.folder, self.dataset, self.method = folder, dataset, method
        self.clock, self.seed = clock, seed
        self.measure = "iou" if dataset.task == "foreground" else "agreement"

    def write(
        self, units: Sequence[ClickedUnit], *, max_clicks: int, target_iou: float | None
    ) -> list[ResultRow]:
        """Write ``results.csv``, ``curve.csv``, ``image_curves.npz``, ``click_paths.npz``, ``clicks.csv`` and, for
        foreground sets, ``clicks.json``.

        Args:
            units: all that was clicked, in the order of the dataset.
            max_clicks: budget of an object.
            target_iou: IoU at which an object is left; None = never before the budget.

        Returns:
            the rows of ``results.csv``.

        Raises:
            ResultsError: a file cannot be written.
        """
        rows = [self._row(unit) for unit in units]
        write_results(self.folder / "results.csv", rows)
        self._write_curves(units)
        write_click_paths(self.folder, self._paths(units))
        points = [point for unit in units for point in self._points(unit)]
        write_rows(self.folder / "clicks.csv", ClickPoint, points)
        if self.dataset.task == "foreground":
            episodes = [
                u.outcome.episode(u.image, max_clicks=max_clicks, target_iou=target_iou) for u in units
            ]
            write_click_table(self.folder / "clicks.json", click_table(episodes))
        return rows

    def trace(self, unit: ClickedUnit) -> Iterator[str]:
        """Lines of ``trace.jsonl``, a JSON object for each click.

        Measured seconds are not part of it, so that it is reproducible.

        Args:
            unit: a clicked object or image.

        Returns:
            its lines, each with its line end.
        """
        names = {"image": unit.image} | ({} if unit.instance is None else {"instance": unit.instance})
        seconds = np.diff(unit.outcome.human_seconds(self.clock), prepend=0.0).tolist()
        for (region, y, x, positive), cost in zip(unit.outcome.places.tolist(), seconds, strict=True):
            place = {"region": region, "y": y, "x": x, "positive": bool(positive)}
            yield json.dumps({**names, **place, "human_seconds": round(cost, 9)}) + "\n"

    def _measured(self, quality: float) -> dict[str, float | None]:
        return {"iou": None, "agreement": None, self.measure: quality}

    def _row(self, unit: ClickedUnit) -> ResultRow:
        return ResultRow(
            method=self.method,
            dataset=self.dataset.name,
            group=unit.group,
            image=unit.image,
            instance=unit.instance,
            **self._measured(float(unit.outcome.quality[-1])),
            human_seconds=round(float(unit.outcome.human_seconds(self.clock)[-1]), 6),
            waiting_seconds=round(float(unit.waiting_seconds[-1]), 6),
            preparation_seconds=round(unit.edge_seconds, 6),
            actions=len(unit.outcome.quality),
            seed=self.seed,
        )

    def _points(self, unit: ClickedUnit) -> Iterator[ClickPoint]:
        human, waiting = unit.outcome.human_seconds(self.clock).tolist(), unit.waiting_seconds.tolist()
        for k, (region, y, x, positive) in enumerate(unit.outcome.places.tolist()):
            yield ClickPoint(
                group=unit.group,
                image=unit.image,
                instance=unit.instance,
                click=k + 1,
                region=region,
                y=y,
                x=x,
                positive=positive,
                **self._measured(float(unit.outcome.quality[k])),
                converged=int(unit.outcome.reached[k]),
                human_seconds=round(human[k], 6),
                waiting_seconds=round(waiting[k], 6),
            )

    def _paths(self, units: Sequence[ClickedUnit]) -> ClickPaths:
        """Every unit under every rule, from no click on."""
        every = [unit.outcome.every_path() for unit in units]
        rules = tuple(path.rule for path in every[0])
        most = max(len(path.quality) for paths in every for path in paths)
        quality, seconds = (np.zeros((len(rules), len(units), most + 1)) for _ in range(2))
        for u, (unit, paths) in enumerate(zip(units, every, strict=True)):
            for r, path in enumerate(paths):
                made = len(path.quality)
                spent = region_curve(path.regions, unit.outcome.classes, self.clock)
                for row, values in ((quality[r, u], path.quality), (seconds[r, u], spent)):
                    row[1 : made + 1], row[made + 1 :] = values, values[-1]
        return ClickPaths(tuple(unit.image for unit in units), rules, quality, seconds)

    def _write_curves(self, units: Sequence[ClickedUnit]) -> None:
        """Where all stood after the k-th click of each; one that needs no more keeps what it has.

        The curve of an image is the mean of its objects.
        """
        made = np.array([len(unit.outcome.quality) for unit in units])
        names = list(dict.fromkeys(unit.image for unit in units))
        images = len(names)
        quality, human, waiting = (np.zeros((len(units), made.max() + 1)) for _ in range(3))
        for i, unit in enumerate(units):
            for row, values in (
                (quality[i], unit.outcome.quality),
                (human[i], unit.outcome.human_seconds(self.clock)),
                (waiting[i], unit.waiting_seconds),
            ):
                row[1 : made[i] + 1], row[made[i] + 1 :] = values, values[-1]
        curve = [
            CurvePoint(
                human_seconds_per_image=float(human[:, k].sum() / images),
                waiting_seconds_per_image=float(waiting[:, k].sum() / images),
                **self._measured(float(quality[:, k].mean())),
                actions=int(np.minimum(made, k).sum()),
            )
            for k in range(made.max() + 1)
        ]
        write_curve(self.folder / "curve.csv", curve)
        of = np.array([names.index(unit.image) for unit in units])
        means = np.stack([np.bincount(of, column) / np.bincount(of) for column in quality.T])
        seconds = np.array([point.human_seconds_per_image for point in curve])
        write_image_curves(self.folder, ImageCurves(tuple(names), seconds, means))
