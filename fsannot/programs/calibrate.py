"""Compare clock and perception presets with the paper's times and quality; nothing is tuned.

fsannot calibrate data_root=<folder> hydra.run.dir=outputs/calibrate
fsannot calibrate data_root=<folder> "common=['robot=expert']" clocks=[human] perceptions=[human]

Settings whose dataset is not there are left out and named. The same command goes on where it was interrupted.
"""

from __future__ import annotations

import itertools
import logging
import re
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.annotation.operators import count_operators
from fsannot.annotation.trace import read_trace
from fsannot.configuration.build import build
from fsannot.configuration.refusals import compose
from fsannot.data.errors import DatasetError, InputError
from fsannot.evaluation.rows import write_atomically, write_rows
from fsannot.human.confusion import Confusion
from fsannot.programs.program import report_errors
from fsannot.progress import counted
from fsannot.studies.calibration import CalibrationRow, ConstantRow, asked_constants, calibration_table
from fsannot.studies.repeated_runs import annotation_run

log = logging.getLogger(__name__)


@report_errors("calibrate")
def main(cfg: DictConfig) -> None:
    """Clock and perception presets beside the paper's times and quality, on the data at hand; nothing is tuned.

    Args:
        cfg: composed by Hydra from ``conf/calibrate.yaml`` and the command line.

    Raises:
        InputError: no dataset of ``settings`` is there.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    rows: list[CalibrationRow] = []
    constants: list[ConstantRow] = []
    for name, setting in cfg.settings.items():
        plain = [*setting.overrides, *cfg.common, f"data_root={cfg.data_root}", f"seed={cfg.seed}"]
        try:
            build(compose("annotate", plain), "dataset")
        except DatasetError as error:
            log.warning("%s is left out: %s", name, error)
            continue
        presets = list(itertools.product(cfg.clocks, cfg.perceptions))
        for clock, perception in counted(presets, f"finished of {name}", unit="run"):
            overrides = [*plain, f"clock={clock}", f"perception={perception}"]
            run = folder / "runs" / re.sub("[^a-z0-9]+", "_", f"{name} {clock} {perception}".lower())
            summary = annotation_run(overrides, run)
            quality = summary.iou_mean if summary.iou_mean is not None else summary.agreement
            row = CalibrationRow(
                str(name), clock, perception, summary.images, summary.human_seconds_per_image,
                summary.waiting_seconds_per_image,
                setting.seconds, float(quality or 0.0), setting.quality,
            )  # fmt: skip
            rows.append(row)
            composed = compose("annotate", overrides)
            sight = isinstance(build(composed, "perception"), Confusion)
            counts = count_operators(read_trace(run / "trace.jsonl"), sight=sight)
            constants += asked_constants(row, build(composed, "clock"), counts)
    if not rows:
        raise InputError(f"data_root={cfg.data_root}: it holds none of the datasets of settings")
    table = calibration_table(rows, constants)
    write_rows(folder / "calibration.csv", CalibrationRow, rows)
    write_rows(folder / "constants.csv", ConstantRow, constants)
    write_atomically(folder / "calibration.md", (table + "\n").encode())
    print(table)
