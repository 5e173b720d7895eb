"""The end of an annotation run: what is written of it, and what its provenance says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from fsannot.data.chosen import CHOSEN_ON
from fsannot.data.dataset import Dataset
from fsannot.report.page import write_report
from fsannot.runs.loggers import RunLogger
from fsannot.runs.provenance import provenance
from fsannot.simulation.saving import save_result
from fsannot.simulation.simulate import SimulationResult


def finish_run(
    result: SimulationResult, folder: Path, provenance: Mapping[str, Any], loggers: Sequence[RunLogger] = ()
) -> None:
    """Write a simulation's result files and its report, and end its loggers.

    Args:
        result: of the simulation.
        folder: run directory, with its ``config.yaml``.
        provenance: record for ``provenance.json``.
        loggers: ended as failed where a file cannot be written.

    Raises:
        ResultsError: a file cannot be written.
    """
    summary = result.summary
    try:
        save_result(result, folder, provenance)
        write_report([folder], folder / "report.html", title=f"{summary.method} on {summary.dataset}")
    except BaseException:
        for logger in loggers:
            logger.finish({}, failed=True)
        raise
    for logger in loggers:
        logger.table("results", [asdict(row) for row in result.rows])
        logger.finish({k: v for k, v in asdict(summary).items() if v is not None})


class Fingerprinted(Protocol):
    """A part whose settings and weights have a digest."""

    def fingerprint(self) -> str:
        """Digest of settings and weights.

        Returns:
            equal for parts that compute the same.
        """
        ...


def run_record(
    dataset: Dataset,
    parts: Mapping[str, Fingerprinted],
    *,
    stage_seconds: Mapping[str, float],
    seed: int,
    chosen_on: str = CHOSEN_ON,
) -> dict[str, Any]:
    """Content of ``provenance.json``.

    Args:
        dataset: of the run.
        parts: of the run, by name.
        stage_seconds: machine seconds of each stage, measured when it was computed.
        seed: of the run.
        chosen_on: images that the settings were chosen on, in words.

    Returns:
        a JSON-ready record.
    """
    return provenance(
        seed=seed,
        dataset=dataset,
        chosen_on=chosen_on,
        models={name: part.fingerprint() for name, part in parts.items()},
        stage_seconds=dict(stage_seconds),
    )
