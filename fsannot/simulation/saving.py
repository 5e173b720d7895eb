"""A finished simulation as a run directory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fsannot.evaluation.effort import write_curve
from fsannot.evaluation.image_curves import write_image_curves
from fsannot.evaluation.results import write_results, write_summary
from fsannot.evaluation.rows import write_atomically
from fsannot.runs.gallery import choose_examples, write_gallery
from fsannot.runs.masks import write_mask
from fsannot.runs.session_record import write_record
from fsannot.simulation.simulate import SimulationResult


def save_result(result: SimulationResult, folder: Path, provenance: Mapping[str, Any]) -> None:
    """Write the result files of a simulation; ``summary.json`` comes last: a folder without it holds no finished run.

    Args:
        result: of the simulation.
        folder: run directory, with its ``config.yaml``.
        provenance: record for ``provenance.json``; what the session itself tells is added.

    Raises:
        ResultsError: a file cannot be written.
    """
    dataset = result.dataset
    if result.image_curves is not None:
        write_image_curves(folder, result.image_curves)
    for image, name in enumerate(dataset.ids):
        write_mask(folder, name, result.mask(image), task=dataset.task)
    trace = "".join(step.to_json() + "\n" for step in result.trace)
    write_atomically(folder / "trace.jsonl", trace.encode())
    write_results(folder / "results.csv", result.rows)
    write_curve(folder / "curve.csv", result.curve)
    lines = "".join(f"{step},{seconds!r}\n" for step, seconds in enumerate(result.waited, 1))
    write_atomically(folder / "timings.csv", f"step,machine_seconds\n{lines}".encode())
    record = {**provenance, **result.facts}
    write_atomically(folder / "provenance.json", (json.dumps(record, indent=2) + "\n").encode())
    write_record(folder, *result.record())
    chosen = choose_examples(result.rows)
    index = {name: i for i, name in enumerate(dataset.ids)}
    write_gallery(folder, chosen, (dataset[index[name]] for name in chosen), dataset.classes)
    write_summary(folder / "summary.json", result.summary)
