"""Measure the seconds of each stage and their ratio to the reference recipe.

fsannot bench experiment=davis data_root=<folder>

All are measured in one run.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from fsannot.annotation.engine import Engine
from fsannot.annotation.session import AnnotationSession
from fsannot.benchmarks.stages import benchmark, projection_timing, split_timing, timing_table
from fsannot.configuration.build import build
from fsannot.evaluation.rows import write_atomically
from fsannot.metric_learning.learner import NoMetric
from fsannot.precompute.extraction import stages_of
from fsannot.precompute.images import StagedImages
from fsannot.programs.program import report_errors


@report_errors("bench")
def main(cfg: DictConfig) -> None:
    """Seconds of each stage and their ratio to the reference recipe, measured in one run.

    Args:
        cfg: composed by Hydra from ``conf/bench.yaml`` and the command line.
    """
    dataset = build(cfg, "dataset")
    timings = benchmark(
        [dataset.image(i) for i in range(min(cfg.images, len(dataset)))],
        edges=build(cfg, "edges"),
        partitioner=build(cfg, "hierarchy"),
        extractor=build(cfg, "features"),
        pooled=build(cfg, "pooled"),
        segments=cfg.segments,
        repeats=cfg.repeats,
    )
    projection, trust, fresh_trust = projection_timing(cfg.points)
    timings.append(projection)
    with tempfile.TemporaryDirectory() as cache:
        config: Any = OmegaConf.to_container(cfg, resolve=True)
        stages = stages_of({**config, "cache": cache, "workers": 0, "batch_size": 1})
        projector = build(cfg, "projection")
        engine = Engine(
            StagedImages(stages), projector=projector, local_projector=projector, learner=NoMetric()
        )
        session = AnnotationSession(engine, classes=dataset.classes, first_images=cfg.images)
        session.reset()
        timings.append(split_timing(session))
    folder = Path(HydraConfig.get().runtime.output_dir)
    record = {
        "timings": [{**asdict(t), "ratio": t.ratio} for t in timings],
        "trustworthiness": {"again": trust, "fresh": fresh_trust},
        "device": cfg.device,
    }
    write_atomically(folder / "benchmark.json", (json.dumps(record, indent=2) + "\n").encode())
    print(timing_table(timings))
    print(f"trustworthiness of the projection: again {trust:.4f}, fresh {fresh_trust:.4f}")
