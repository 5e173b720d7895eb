"""Measure how a robot's computing time grows with the number of segments.

fsannot bench_robots robot=greedy_box
fsannot bench_robots robot=expert segments=[1000,10000]

The canvases are drawn, there are no images.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.benchmarks.robots import SEGMENTS, BlobImages, robot_table, time_robot
from fsannot.configuration.build import build
from fsannot.data.errors import InputError
from fsannot.evaluation.rows import write_atomically
from fsannot.programs.program import report_errors


@report_errors("bench_robots")
def main(cfg: DictConfig) -> None:
    """How a robot's computing time grows with the number of segments, on drawn canvases.

    Args:
        cfg: composed by Hydra from ``conf/bench_robots.yaml`` and the command line.

    Raises:
        InputError: a number of segments that the drawn canvases cannot have.
    """
    torch.set_num_threads(1)  # the question is what one core takes
    timings = []
    for segments in cfg.segments:
        if segments < SEGMENTS or segments % SEGMENTS:
            raise InputError(f"segments={segments}: a multiple of {SEGMENTS} is needed")
        images = BlobImages(segments // SEGMENTS, classes=cfg.classes, seed=cfg.seed)
        timings.append(
            time_robot(
                build(cfg, "robot"),
                images,
                clock=build(cfg, "clock"),
                perception=build(cfg, "perception"),
                task=cfg.task,
                seed=cfg.seed,
                max_actions=cfg.max_actions,
            )
        )
    folder = Path(HydraConfig.get().runtime.output_dir)
    record = [asdict(timing) for timing in timings]
    write_atomically(folder / "benchmark.json", (json.dumps(record, indent=2) + "\n").encode())
    print(robot_table(timings))
