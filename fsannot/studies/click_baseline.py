"""The parts of a click run, put together from what the configuration instantiated."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fsannot.clicks.clicker import Clicker
from fsannot.clicks.predictor import ClickPredictor
from fsannot.data.chosen import CHOSEN_ON
from fsannot.data.dataset import Dataset, require_truth
from fsannot.edges.model import EdgeModel
from fsannot.evaluation.noc import ClickTable
from fsannot.evaluation.results import Summary
from fsannot.finishing.finisher import Finisher, NoFinisher
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.human.clock import Clock
from fsannot.precompute.runner import prepare
from fsannot.precompute.stages import Stages
from fsannot.precompute.store import Store
from fsannot.report.printed import class_rows, finished_rows, measured_seconds
from fsannot.runs.loggers import RunLogger
from fsannot.runs.provenance import provenance
from fsannot.runs.run_folder import begin_run
from fsannot.studies.click_run import ClickProtocol, run_clicks

log = logging.getLogger(__name__)


def run_click_baseline(
    *,
    dataset: Dataset,
    baseline: ClickPredictor,
    edges: EdgeModel | None,
    clicker: Clicker,
    protocol: ClickProtocol,
    clock: Clock,
    finishing: Finisher | None = None,
    folder: Path,
    cache: Path,
    batch_size: int = 4,
    seed: int = 0,
    chosen_on: str = CHOSEN_ON,
    loggers: Sequence[RunLogger] = (),
    config: Mapping[str, Any] | None = None,
) -> Summary:
    """Prepare the edge maps where the baseline needs them, click, and write the results.

    Args:
        dataset: images and ground truth; only robot and evaluation see the latter.
        baseline: the click predictor.
        edges: the edge model; None where neither the baseline nor the finisher needs edges.
        clicker: the robot that clicks.
        protocol: how every object is clicked.
        clock: prices of the clicks.
        finishing: improves the masks at the end; None leaves them as they were clicked.
        folder: run directory; made when missing.
        cache: store of stage artefacts and clicked objects; runs and processes may share it.
        batch_size: images the edge model sees at once.
        seed: of the run.
        chosen_on: images that the settings were chosen on, in words.
        loggers: receive the curve once all images are clicked.
        config: the composed configuration, as plain values, for ``config.yaml`` and the loggers; without, both get the
            classes and arguments of the parts.

    Returns:
        content of ``summary.json``.

    Raises:
        InputError: the dataset has no ground truth, the baseline or finisher needs edges and gets none, an image has
            nothing to click, or the run directory cannot be made.
    """
    require_truth(dataset, "simulated clicks")
    finishing = finishing or NoFinisher()
    parts = {
        "dataset": dataset,
        "baseline": baseline,
        "edges": edges,
        "clicker": clicker,
        "protocol": protocol,
        "clock": clock,
        "finishing": finishing,
        "logger": loggers,
    }
    config = begin_run(
        folder,
        config,
        parts | {"seed": seed, "chosen_on": chosen_on, "cache": cache, "batch_size": batch_size},
    )
    store = Store(cache)
    stages = None
    models = {
        "baseline": baseline.fingerprint(),
        "clicker": clicker.fingerprint(),
        "finishing": finishing.fingerprint(),
    }
    if edges is not None:
        # edge maps do not depend on how they are cut later
        unused = Partitioner("volume", 0.0)
        stages = Stages(
            dataset=dataset, edge_model=edges, partitioner=unused, store=store, batch_size=batch_size
        )
        prepare(stages, range(len(dataset)), until="edges")
        models["edges"] = edges.fingerprint()
    summary = run_clicks(
        dataset,
        baseline,
        clicker,
        protocol=protocol,
        clock=clock,
        folder=folder,
        provenance=provenance(
            seed=seed,
            dataset=dataset,
            chosen_on=chosen_on,
            models=models,
        ),
        store=store,
        edges=stages,
        seed=seed,
        finishing=finishing,
        loggers=loggers,
        config=config,
    )
    log.info("store: %s", store.summary())
    return summary


def click_result_table(summary: Summary, table: ClickTable | None, *, chosen_on: str = "") -> str:
    """A run as a small table, human seconds, waiting and preparation apart.

    Args:
        summary: of the run.
        table: of foreground sets; None = a semantic set.
        chosen_on: what images its settings were chosen on, a sentence.

    Returns:
        lines of text.
    """
    rows = [
        ("dataset", f"{summary.dataset}, {summary.images} images"),
        ("baseline", f"{summary.method}, {summary.actions} clicks"),
    ]
    if table is None:
        rows.append(("pixel agreement", f"{summary.agreement:.4f}"))
        rows += class_rows(summary)
    else:
        rows.append(("objects", str(table.objects)))
        if table.exhausted:
            stuck = f"{table.exhausted} of {table.objects}, below the target"
            rows.append(("no pixel left to click", stuck))
        rows += [(f"IoU@{clicks}", f"{value:.4f}") for clicks, value in table.iou_at.items()]
        for target, mean in table.noc.items():
            reached = f"{table.objects - table.unsolved[target]} of {table.objects} reached it"
            rows.append((f"NoC@{target * 100:g}", f"{mean:.2f}  ({reached})"))
        rows.append(("machine seconds per click", f"{table.seconds_per_click:.3f}"))
        rows.append(("of them outside the predictor", f"{table.overhead:.1%}"))
    rows += finished_rows(summary)
    rows.append(("human seconds per image", f"{summary.human_seconds_per_image:.2f}"))
    rows += measured_seconds(summary)
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {value}" for name, value in rows]
    return "\n".join([*lines, chosen_on] if chosen_on else lines)
