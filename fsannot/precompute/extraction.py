"""Features of a large dataset, shard by shard, on one or several machines."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from omegaconf import OmegaConf

from fsannot.configuration.build import build
from fsannot.data.errors import FsannotError, InputError
from fsannot.precompute.runner import prepare
from fsannot.precompute.stages import Stages
from fsannot.precompute.store import Store

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission

log = logging.getLogger(__name__)

Cluster = Literal["local", "slurm", "debug"]


def stages_of(config: Mapping[str, Any]) -> Stages:
    """The stages that a configuration of the program ``extract_features`` describes.

    Args:
        config: resolved configuration.

    Returns:
        the stages, with their dataset and models.

    Raises:
        InputError: see ``build``.
    """
    cfg = OmegaConf.create(dict(config))
    return Stages(
        dataset=build(cfg, "dataset"),
        edge_model=build(cfg, "edges"),
        partitioner=build(cfg, "hierarchy"),
        extractor=build(cfg, "features"),
        store=Store(cfg.cache),
        workers=cfg.workers,
        batch_size=cfg.batch_size,
    )


@dataclass(frozen=True)
class ShardTask:
    """Computes shards; the task of one job in a job array. It holds settings only, no arrays.

    Attributes:
        config: resolved configuration of ``extract_features``.
    """

    config: Mapping[str, Any]

    def __call__(self, shards: Sequence[int]) -> int:
        """Compute ``shards``, given by number, and put them on disk; returns the number of their segments."""
        stages = stages_of(self.config)
        segments = 0
        for shard in shards:
            images = stages.shards.images(shard)
            prepare(stages, images)
            segments += sum(stages.n_segments(i) for i in images)
        return segments

    def checkpoint(self, shards: Sequence[int]) -> DelayedSubmission:
        """The task that a pre-empted job runs when it is started again; finished artefacts are not computed twice.

        Args:
            shards: numbers of the shards.

        Returns:
            the same task, for submitit.
        """
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self, shards)


def missing_shards(stages: Stages) -> list[int]:
    """Numbers of the shards of ``stages`` that are not on disk, rising."""
    return [shard for shard in range(len(stages.shards)) if not stages.shards.path(shard).exists()]


def extract_in_jobs(
    config: Mapping[str, Any],
    *,
    folder: Path,
    cluster: Cluster = "local",
    jobs: int = 1,
    parameters: Mapping[str, Any] | None = None,
) -> int:
    """Compute the missing shards in a job array and wait for it.

    Of the missing shards, job j takes every ``jobs``-th from the j-th on. Run again, with any number of jobs, it
    computes what is missing then.

    Args:
        config: resolved configuration of ``extract_features``.
        folder: for the jobs' logs.
        cluster: ``slurm``, ``local`` for processes on this machine, or ``debug`` for this process.
        jobs: number of jobs, at least 1; no more than there are missing shards are started.
        parameters: of submitit's executor, such as ``timeout_min`` or ``slurm_partition``.

    Returns:
        number of shards computed.

    Raises:
        InputError: submitit is not installed, or the cluster, a parameter or the number of jobs is not valid.
        FsannotError: jobs failed; names them and their logs. Finished shards are kept.
    """
    if find_spec("submitit") is None:  # an extra, and nothing else here needs it
        raise InputError(
            "jobs: the package submitit is not installed; run pip install '.[sweep]' in fsannot's checkout"
        )
    import submitit
    from submitit.core.utils import FailedJobError, UncompletedJobError

    if cluster not in ("local", "slurm", "debug") or jobs < 1:
        raise InputError(
            f"jobs.cluster={cluster!r} must be local, slurm or debug, and jobs.count={jobs} at least 1"
        )
    missing = missing_shards(stages_of(config))
    log.info("features: %d shards are missing", len(missing))
    if not missing:
        return 0
    groups = [missing[first :: min(jobs, len(missing))] for first in range(min(jobs, len(missing)))]
    try:
        executor = submitit.AutoExecutor(folder=folder, cluster=cluster)
        executor.update_parameters(**dict(parameters or {}))
    except (NameError, ValueError, RuntimeError, AttributeError) as error:
        raise InputError(f"jobs: {error}; see submitit's AutoExecutor for its parameters") from error
    running = executor.map_array(ShardTask(config), groups)
    failed = []
    for job, group in zip(running, groups, strict=True):
        try:
            log.info("job %s: %d segments in shards %s", job.job_id, job.result(), group)
        except (FailedJobError, UncompletedJobError, FsannotError) as error:
            failed.append(
                f"job {job.job_id} (shards {group}): {str(error).strip().splitlines()[-1]}; log: {job.paths.stderr}"
            )
    if failed:
        raise FsannotError(
            f"{len(failed)} of {len(groups)} jobs failed; finished shards are kept, run again for the others.\n"
            + "\n".join(failed)
        )
    return len(missing)
