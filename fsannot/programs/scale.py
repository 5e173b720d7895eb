"""Measure seconds and memory for growing numbers of segments.

fsannot scale sizes=[1000,10000,100000]

The cost of a segment is measured end to end, and resident memory; each size in a fresh process.
"""

from __future__ import annotations

import json
import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from fsannot.benchmarks.scale import ScaleRow, measure, scale_table
from fsannot.configuration.build import build
from fsannot.evaluation.rows import write_atomically
from fsannot.precompute.extraction import stages_of
from fsannot.programs.program import report_errors


def measured(config: dict[str, Any], segments: int) -> ScaleRow:
    """Measure one number of segments, with a cache of its own.

    Args:
        config: of the program, as plain values.
        segments: how many, at least.

    Returns:
        its row of the table.
    """
    with tempfile.TemporaryDirectory() as cache:
        stages = stages_of({**config, "cache": cache})
        return measure(stages, build(OmegaConf.create(config), "projection"), segments)


@report_errors("scale")
def main(cfg: DictConfig) -> None:
    """Cost of a segment, end to end, and resident memory, for growing numbers of segments; each in a fresh process.

    Args:
        cfg: composed by Hydra from ``conf/scale.yaml`` and the command line.
    """
    config: Any = OmegaConf.to_container(cfg, resolve=True)
    rows = []
    for size in config.pop("sizes"):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
            rows.append(fresh.submit(measured, config, size).result())
        folder = Path(HydraConfig.get().runtime.output_dir)
        record = json.dumps([asdict(row) for row in rows], indent=2)
        write_atomically(folder / "scale.json", record.encode() + b"\n")
    print(scale_table(rows))
