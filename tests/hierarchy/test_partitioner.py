"""Partitioner and its configurations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fsannot.data.errors import InputError
from fsannot.hierarchy.criteria import CRITERIA
from fsannot.hierarchy.partitioner import Partitioner, check_counts

CONF = Path(__file__).parent.parent.parent / "conf" / "hierarchy"
FIXTURE = Path(__file__).parent.parent / "fixtures" / "partitions.npz"


@pytest.mark.parametrize("criterion", CRITERIA)
def test_every_criterion_has_a_configuration_that_cuts(criterion: str) -> None:
    partitioner = instantiate(OmegaConf.load(CONF / f"{criterion}.yaml"))
    assert partitioner.criterion == criterion
    with np.load(FIXTURE) as stored:
        edges = stored["camel_00000/edges"][::2, ::2].astype(np.float32) / np.float32(65535)
    hierarchy = partitioner.build(edges)
    assert 1 < partitioner.cut(hierarchy).max() + 1 < hierarchy.n_regions


def test_fingerprints_follow_the_settings() -> None:
    base = Partitioner("volume", 300)
    assert (
        base.fingerprint() == Partitioner(criterion="volume", threshold=300.0, min_strength=0).fingerprint()
    )
    assert base.hierarchy_fingerprint() == Partitioner("volume", 100).hierarchy_fingerprint()
    others = [
        Partitioner("volume", 100),
        Partitioner("area", 300),
        Partitioner("volume", 300, min_strength=0.1),
    ]
    assert len({p.fingerprint() for p in [base, *others]}) == 4


@pytest.mark.parametrize(
    "settings",
    [
        {"criterion": "volumes", "threshold": 300},
        {"criterion": "volume", "threshold": -1},
        {"criterion": "volume", "threshold": "300"},
        {"criterion": "volume", "threshold": 300, "min_strength": 2},
    ],
)
def test_bad_settings_are_refused(settings: dict) -> None:
    with pytest.raises(InputError, match="hierarchy"):
        Partitioner(**settings)


def test_a_trivial_batch_is_refused_and_a_single_plain_image_is_not() -> None:
    partitioner = Partitioner("volume", 1e9)
    check_counts([1, 12], partitioner, needed=10)
    for counts, needed in (([1, 1, 1], 2), ([2, 3], 10), ([], 1)):
        with pytest.raises(InputError, match=r"lower hierarchy\.threshold"):
            check_counts(counts, partitioner, needed=needed)
