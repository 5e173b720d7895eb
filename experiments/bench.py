"""Seconds of each stage and their ratio to the reference recipe, measured in one run.

python experiments/bench.py experiment=davis data_root=<folder>
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.evaluation.rows import write_atomically
from fsannot.pipeline.benchmark import benchmark, timing_table
from fsannot.pipeline.program import build, report_errors


@hydra.main(version_base="1.3", config_path="pkg://fsannot.conf", config_name="bench")
@report_errors
def main(cfg: DictConfig) -> None:
    dataset = build(cfg, "dataset")
    timings = benchmark(
        [dataset.image(i) for i in range(min(cfg.images, len(dataset)))],
        edges=build(cfg, "edges"),
        partitioner=build(cfg, "hierarchy"),
        extractor=build(cfg, "features"),
        segments=cfg.segments,
        repeats=cfg.repeats,
    )
    folder = Path(HydraConfig.get().runtime.output_dir)
    record = [{**asdict(t), "ratio": t.ratio} for t in timings]
    write_atomically(folder / "benchmark.json", (json.dumps(record, indent=2) + "\n").encode())
    print(timing_table(timings))


if __name__ == "__main__":
    main()
