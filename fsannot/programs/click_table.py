"""Print click runs as one Markdown table, with published numbers.

fsannot click_table runs=[outputs/watershed,outputs/geodesic] published=DAVIS output=table.md
"""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from fsannot.evaluation.rows import write_atomically
from fsannot.programs.program import report_errors
from fsannot.report.click_table import measured_table, published_table


@report_errors("click_table")
def main(cfg: DictConfig) -> None:
    """Runs of experiments/clicks.py as one Markdown table, published numbers beside it.

    Args:
        cfg: composed by Hydra from ``conf/click_table.yaml`` and the command line.
    """
    text = f"Measured:\n\n{measured_table([Path(run) for run in cfg.runs])}"
    if cfg.published is not None:
        text += (
            f"\nPublished on {cfg.published}: other frames (all 345 of the click literature), other weights.\n\n"
            f"{published_table(cfg.published)}"
        )
    if cfg.output is not None:
        write_atomically(Path(cfg.output), text.encode())
    print(text)
