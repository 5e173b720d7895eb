r"""Compute the features of a whole dataset with a job array.

fsannot extract_features experiment=cityscapes data_root=<folder> jobs.count=4
fsannot extract_features experiment=cityscapes data_root=<folder> jobs.cluster=slurm jobs.count=32 \
    +jobs.parameters.slurm_partition=gpu jobs.parameters.gpus_per_node=1

They are kept as float16 shards in the cache, see docs/scale.md.
"""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from fsannot.precompute.extraction import extract_in_jobs, stages_of
from fsannot.programs.program import report_errors


@report_errors("extract_features")
def main(cfg: DictConfig) -> None:
    """Features of a whole dataset as float16 shards in the cache, computed by a job array; see docs/scale.md.

    Args:
        cfg: composed by Hydra from ``conf/extract_features.yaml`` and the command line.
    """
    config = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(config, dict)
    jobs = config.pop("jobs")
    computed = extract_in_jobs(
        config,  # type: ignore[arg-type]
        folder=Path(HydraConfig.get().runtime.output_dir) / "jobs",
        cluster=jobs["cluster"],
        jobs=jobs["count"],
        parameters=jobs["parameters"],
    )
    stages = stages_of(config)  # type: ignore[arg-type]
    segments = sum(stages.n_segments(i) for i in range(len(stages.dataset)))
    print(
        f"{computed} of {len(stages.shards)} shards computed: {len(stages.dataset)} images, {segments} segments"
    )
