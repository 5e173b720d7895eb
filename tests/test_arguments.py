"""Parts say what they were made with."""

from __future__ import annotations

import copy
import doctest
import functools
import inspect
import pickle
from pathlib import Path

import numpy as np
import pytest
import yaml
from hydra.utils import instantiate

from fsannot import arguments
from fsannot.arguments import KeepsArguments, described
from fsannot.edges.gradient import Gradient
from fsannot.edges.multiscale import MultiScale
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.human.clock import Clock
from fsannot.human.motor import Motor
from fsannot.metric_learning.learner import NoMetric
from fsannot.robots.greedy_box import GreedyBox


class Own(metaclass=KeepsArguments):
    def __init__(self, first: object, *rest: int, weights: Path | None = None, **more: object) -> None:
        pass  # what it was given is not kept by itself


@pytest.mark.parametrize(
    "part",
    [Partitioner("area", 30.0), MultiScale(Gradient()), GreedyBox(), NoMetric(), Clock(), Motor()],
    ids=lambda part: type(part).__name__,
)
def test_a_description_makes_the_part_again(part: object) -> None:
    said = yaml.safe_load(yaml.safe_dump(described(part)))
    again = instantiate(said)
    assert type(again) is type(part)
    assert described(again) == described(part)
    if hasattr(part, "fingerprint"):
        assert again.fingerprint() == part.fingerprint()


def test_all_kinds_of_arguments() -> None:
    made = Own(np.float32(0.5), 1, 2, weights=Path("a/b"), box=(1, 2), inner={"size": [Gradient]}, seed=None)
    assert described(made) == {
        "_target_": "tests.test_arguments.Own",
        "first": 0.5,
        "_args_": [1, 2],
        "weights": "a/b",
        "box": [1, 2],
        "inner": {"size": ["fsannot.edges.gradient.Gradient"]},
        "seed": None,
    }
    assert described(functools.partial(Own, 3, seed=1)) == {
        "_target_": "tests.test_arguments.Own",
        "_partial_": True,
        "first": 3,
        "seed": 1,
    }
    assert described(np.zeros(3)) == "numpy.ndarray"  # no part, and no plain value


def test_classes_keep_their_signature_and_objects_what_they_are() -> None:
    assert list(inspect.signature(Partitioner).parameters) == [
        "criterion",
        "threshold",
        "min_strength",
        "features",
    ]
    assert not inspect.signature(NoMetric).parameters
    part = Partitioner("area", 30.0)
    assert "area" in pickle.loads(pickle.dumps(part)).criterion  # noqa: S301
    assert described(copy.copy(part)) == "fsannot.hierarchy.partitioner.Partitioner"  # made of no arguments


def test_the_example() -> None:
    assert doctest.testmod(arguments).failed == 0
