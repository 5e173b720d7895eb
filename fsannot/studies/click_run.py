"""One click baseline on one dataset, from images to the same result files as an annotation session."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from fsannot.clicks.clicker import Clicker
from fsannot.clicks.outcome import ClickOutcome
from fsannot.clicks.predictor import ClickPredictor
from fsannot.clicks.protocol import MAX_CLICKS, run_episode
from fsannot.clicks.semantic import Regions, run_semantic
from fsannot.clicks.units import Unit, nothing_to_click, units
from fsannot.data.dataset import Dataset
from fsannot.data.errors import InputError
from fsannot.evaluation.class_iou import class_ious, confusion_matrix
from fsannot.evaluation.clusters import clusters
from fsannot.evaluation.effort import read_curve
from fsannot.evaluation.results import Summary, write_results, write_summary
from fsannot.evaluation.rows import write_atomically
from fsannot.evaluation.summary import summarize
from fsannot.finishing.finisher import Finisher, NoFinisher
from fsannot.human.clock import Clock
from fsannot.networks.images import Normalization
from fsannot.precompute.artefacts import edge_values
from fsannot.precompute.stages import Stages
from fsannot.precompute.store import Store, code_version
from fsannot.progress import counted
from fsannot.report.page import write_report
from fsannot.runs.click_files import ClickedUnit, ClickFiles
from fsannot.runs.gallery import choose_examples, write_gallery
from fsannot.runs.loggers import RunLogger
from fsannot.runs.masks import write_mask
from fsannot.runs.run_folder import check_begun
from fsannot.studies.finished_clicks import ClickFinishing

log = logging.getLogger(__name__)

OnEmpty = Literal["error", "skip"]
_COMPUTING = ("torch", "opencv-python-headless", "scikit-image", "higra")


@dataclass(frozen=True)
class ClickProtocol:
    """How every object of a run is clicked; see ``run_episode`` and ``run_semantic``.

    Attributes:
        max_clicks, threshold, inclusive: of an episode.
        target_iou: of an object, or agreement of a semantic image; None never stops early, as IoU@k needs.
        region_target: of a class region of a semantic image, whose annotator then goes on to the next one.
        regions, min_area: what the regions of a semantic image are.
        on_empty: an image without object or without background is an ``"error"``, or left out and listed in
            ``provenance.json`` (``"skip"``).

    Raises:
        InputError: ``on_empty`` is neither ``"error"`` nor ``"skip"``.
    """

    max_clicks: int = MAX_CLICKS
    target_iou: float | None = None
    threshold: float | None = None
    inclusive: bool = False
    region_target: float | None = 0.9
    regions: Regions = "class"
    min_area: int = 0
    on_empty: OnEmpty = "error"

    def __post_init__(self) -> None:
        if self.on_empty not in get_args(OnEmpty):
            raise InputError(
                f"on_empty={self.on_empty!r} is not valid; choose {' or '.join(get_args(OnEmpty))}"
            )


def run_clicks(
    dataset: Dataset,
    predictor: ClickPredictor,
    clicker: Clicker,
    *,
    protocol: ClickProtocol,
    clock: Clock,
    folder: Path,
    provenance: Mapping[str, Any],
    store: Store,
    edges: Stages | None = None,
    seed: int = 0,
    finishing: Finisher | None = None,
    loggers: Sequence[RunLogger] = (),
    config: Mapping[str, Any] | None = None,
) -> Summary:
    """Click every object of a dataset, judge the masks, and write all result files into ``folder``.

    Beside the files every run has: ``clicks.csv``, quality and seconds after each click of each object, and,
    for foreground sets, ``clicks.json``, the click literature's table. Finished objects are found again in
    the store, so that a run that was cut off goes on; their seconds are those measured then.
    ``summary.json`` is written last.

    Args:
        dataset: images and ground truth; only robot and evaluation see the latter.
        predictor: the click baseline.
        clicker: the robot that clicks.
        protocol: how every object is clicked.
        clock: prices of the clicks.
        folder: run directory with its ``config.yaml``, see ``begin_run``.
        provenance: record for ``provenance.json``.
        store: where clicked objects are found and kept.
        edges: stages that give edge maps, for predictors and finishers that need them.
        seed: of the run and of the intervals.
        finishing: improves the masks at the end; None leaves them as they were clicked. Curves are of those.
        loggers: receive the curve once all images are clicked: where all objects stand after their k-th click.
        config: JSON-ready, for the loggers.

    Returns:
        content of ``summary.json``.

    Raises:
        InputError: a predictor or finisher that needs edges and gets none, an image with nothing to click, or a run
            directory without ``config.yaml``.
    """
    check_begun(folder)
    if predictor.needs_edges and edges is None:
        raise InputError(f"{predictor.name} needs edge maps; set edges= to an edge model")
    finishing = finishing or NoFinisher()
    if finishing.needs_edges and edges is None:
        raise InputError(f"finishing={finishing.name} needs edge maps; set edges= to an edge model")
    finish = None if isinstance(finishing, NoFinisher) else ClickFinishing(dataset, finishing, edges)
    session = _Session(dataset, predictor, clicker, protocol, clock, store, edges)
    files = ClickFiles(folder, dataset, predictor.name, clock, seed)
    done: list[ClickedUnit] = []
    confusion: list[np.ndarray] = []
    scored: list[int] = []  # images of the confusion matrices
    for logger in loggers:
        logger.begin(folder, config or {}, f"{predictor.name}-{dataset.name}-{seed}")
    try:
        with (folder / "trace.jsonl").open("w", encoding="utf-8") as trace:
            for index in counted(range(len(dataset)), "clicks", unit="image"):
                outcome = session.image(index)
                if not outcome:
                    continue
                # instances are painted on one another; −1 and 0 give way to what any of them is
                labels = np.max([unit.outcome.labels for unit in outcome], axis=0)
                mask = labels if finish is None else finish.image(index, outcome)
                write_mask(folder, outcome[0].image, mask, task=dataset.task)
                if dataset.task == "semantic":
                    target = dataset[index].truth
                    confusion.append(confusion_matrix(labels, target, len(dataset.classes)))
                    scored.append(index)
                for unit in outcome:
                    trace.writelines(files.trace(unit))
                    done.append(
                        ClickedUnit(
                            unit.group,
                            unit.image,
                            unit.instance,
                            unit.outcome.without_labels(),
                            unit.edge_seconds,
                        )
                    )
                trace.flush()
        log.info("clicks: %d of %d images, %d objects", len({u.image for u in done}), len(dataset), len(done))
        if not done:
            raise InputError(f"{dataset.name}: none of its {len(dataset)} images has anything to click")
        rows = files.write(done, max_clicks=protocol.max_clicks, target_iou=protocol.target_iou)
        if finish is not None:
            rows = list(finish.scores.rows(rows))
            write_results(folder / "results.csv", rows)
        for clicks, point in enumerate(read_curve(folder / "curve.csv")):
            for logger in loggers:
                logger.log(
                    clicks,
                    {
                        point.measure: point.quality,
                        "human_seconds_per_image": point.human_seconds_per_image,
                        "waiting_seconds_per_image": point.waiting_seconds_per_image,
                    },
                )
        record = {**provenance, "skipped": [*provenance.get("skipped", ()), *session.skipped]}
        write_atomically(folder / "provenance.json", (json.dumps(record, indent=2) + "\n").encode())
        position = {name: i for i, name in enumerate(dataset.ids)}
        chosen = choose_examples(rows)
        write_gallery(folder, chosen, (dataset[position[name]] for name in chosen), dataset.classes)
        units = clusters([dataset.groups[i] for i in scored], [dataset.ids[i] for i in scored]).units
        summary = summarize(
            rows, classes=class_ious(confusion, dataset.classes, units=units) if confusion else None
        )
        if finish is not None:
            summary = finish.scores.summary(summary, rows)
        write_summary(folder / "summary.json", summary)
        write_report([folder], folder / "report.html", title=f"{predictor.name} on {dataset.name}")
    except BaseException:
        for logger in loggers:
            logger.finish({}, failed=True)
        raise
    for logger in loggers:
        logger.table("results", [asdict(row) for row in rows])
        logger.finish({key: value for key, value in asdict(summary).items() if value is not None})
    return summary


class _Session:
    """Clicks image by image, each object once and for all."""

    def __init__(
        self,
        dataset: Dataset,
        predictor: ClickPredictor,
        clicker: Clicker,
        protocol: ClickProtocol,
        clock: Clock,
        store: Store,
        edges: Stages | None,
    ) -> None:
        self.dataset, self.predictor, self.clicker = dataset, predictor, clicker
        self.protocol, self.clock, self.store = protocol, clock, store
        self.edges = edges if predictor.needs_edges else None
        self.skipped: list[dict[str, str]] = []
        rules = {key: value for key, value in asdict(protocol).items() if key != "on_empty"}
        # a room each; Normalization stands for the networks' room
        code = [code_version(type(predictor), type(clicker), Normalization), *map(version, _COMPUTING)]
        self._settings = [predictor.fingerprint(), clicker.fingerprint(), rules, code]
        self._dataset = dataset.fingerprint()

    def image(self, index: int) -> list[ClickedUnit]:
        """All that is to be clicked in one image; empty where it is skipped."""
        found = []
        for unit in units(self.dataset, index):
            reason = nothing_to_click(unit, self.dataset)
            if reason is None:
                found.append(self._unit(unit))
            elif self.protocol.on_empty == "error":
                raise InputError(f"{unit.name}: {reason}; leave the image out, or set protocol.on_empty=skip")
            else:
                log.warning("%s: %s, left out", unit.name, reason)
                self.skipped.append({"what": unit.name, "why": reason})
        return found

    def _unit(self, unit: Unit) -> ClickedUnit:
        edge_map, seconds, inputs = None, 0.0, [self._dataset, unit.name]
        if self.edges is not None:
            artefact = self.edges.edges_artefact(unit.index)
            edge_map, seconds = edge_values(artefact["edges"]), artefact.seconds / unit.shared
            inputs.append(self.edges.key("edges", unit.index))
        arrays = self.store.get_or_compute(
            "clicks", self._settings, inputs, lambda: self._click(unit, edge_map).to_arrays()
        )
        sample = unit.sample
        return ClickedUnit(sample.group, sample.id, unit.instance, ClickOutcome.from_arrays(arrays), seconds)

    def _click(self, unit: Unit, edge_map: np.ndarray | None) -> ClickOutcome:
        rules = self.protocol
        options: dict[str, Any] = {
            "max_clicks": rules.max_clicks,
            "threshold": rules.threshold,
            "inclusive": rules.inclusive,
            "edge_map": edge_map,
            "name": unit.name,
        }
        subject = (self.predictor, unit.sample.image, unit.gt, self.clicker)
        if self.dataset.task == "foreground":
            return ClickOutcome.from_episode(run_episode(*subject, target_iou=rules.target_iou, **options))
        options |= {
            "target_iou": rules.region_target,
            "target_agreement": rules.target_iou,
            "regions": rules.regions,
            "min_area": rules.min_area,
        }
        return ClickOutcome.from_semantic(run_semantic(*subject, self.clock, **options))
