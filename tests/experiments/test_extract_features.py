"""Shards by a job array of submitit's local executor: idempotent, and a job that fails is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from fsannot.data.errors import FsannotError, InputError
from fsannot.precompute import shards as feature_shards
from fsannot.precompute.extraction import ShardTask, extract_in_jobs, missing_shards, stages_of
from fsannot.precompute.runner import prepare

IMAGES = feature_shards.SHARD_IMAGES + 2


def config(cache: Path, *overrides: str) -> dict[str, Any]:
    parts = (
        "dataset=synthetic", f"dataset.images={IMAGES}", "dataset.size=[48,64]", "edges=gradient",
        "hierarchy=area", "hierarchy.threshold=150", "features=timm", "features.backbone.name=test_resnet",
        "features.backbone.weights=random", "features.size=32", "device=cpu", "workers=0", f"cache={cache}",
    )  # fmt: skip
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        made = OmegaConf.to_container(
            compose("extract_features", overrides=[*parts, *overrides]), resolve=True
        )
    assert isinstance(made, dict)
    made.pop("jobs")
    return {str(k): v for k, v in made.items()}


def test_jobs_of_an_array_make_the_shards_of_one_process(tmp_path: Path) -> None:
    settings = config(tmp_path / "cache")
    assert extract_in_jobs(settings, folder=tmp_path / "jobs", jobs=2) == 2
    made = stages_of(settings)
    assert not missing_shards(made)
    alone = stages_of(config(tmp_path / "other"))
    prepare(alone, range(IMAGES))
    for i in (0, feature_shards.SHARD_IMAGES - 1, IMAGES - 1):
        assert isinstance(made.initial_features(i), np.memmap)
        np.testing.assert_array_equal(made.initial_features(i), alone.initial_features(i))
    # nothing is left to do, for any number of jobs; one lost shard is all that is computed again
    assert extract_in_jobs(settings, folder=tmp_path / "jobs", cluster="debug", jobs=7) == 0
    before = made.shards.path(0).stat().st_mtime_ns
    made.shards.path(1).unlink()
    assert extract_in_jobs(settings, folder=tmp_path / "jobs", cluster="debug", jobs=7) == 1
    assert made.shards.path(0).stat().st_mtime_ns == before


def test_a_job_that_fails_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    settings = config(tmp_path / "cache")
    ShardTask(settings)([1])
    broken = config(tmp_path / "cache", "features.size=48", "features.backbone.name=vit_tiny_patch16_224")
    with pytest.raises(FsannotError, match=r"(?s)1 of 1 jobs failed.*shards \[0, 1\].*log: "):
        extract_in_jobs(broken, folder=tmp_path / "jobs", jobs=1)
    assert missing_shards(stages_of(settings)) == [0]


def test_a_job_that_was_pre_empted_comes_back_with_its_shards(tmp_path: Path) -> None:
    task = ShardTask(config(tmp_path))
    again = task.checkpoint([3, 5])
    assert again.function == task
    assert again.args == ([3, 5],)


def test_bad_options_are_named(tmp_path: Path) -> None:
    settings = config(tmp_path / "cache")
    with pytest.raises(InputError, match=r"jobs\.cluster='pbs'"):
        extract_in_jobs(settings, folder=tmp_path, cluster="pbs")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"jobs\.count=0"):
        extract_in_jobs(settings, folder=tmp_path, jobs=0)
    with pytest.raises(InputError, match="colour"):
        extract_in_jobs(settings, folder=tmp_path, parameters={"colour": 3})
