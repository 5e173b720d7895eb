"""How a robot's computing time grows with the number of segments, on drawn canvases.

python experiments/bench_robots.py robot=greedy_box
python experiments/bench_robots.py robot=expert segments=[1000,10000]
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.data.errors import InputError
from fsannot.evaluation.rows import write_atomically
from fsannot.pipeline.program import build, report_errors
from fsannot.pipeline.robot_benchmark import SEGMENTS, BlobImages, robot_table, time_robot


@report_errors("bench_robots")
def main(cfg: DictConfig) -> None:
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


if __name__ == "__main__":
    main()
