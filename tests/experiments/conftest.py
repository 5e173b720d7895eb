"""Runs several tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import fakes
from tests.experiments.command_line import CHEAP, call

EXPERT = (*CHEAP, "metric=head", "robot=expert")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny datasets in their official layouts. Not to be changed by tests."""
    return fakes.write_fake_data_root(tmp_path_factory.mktemp("data"))


def davis_run(folder: Path, data: Path, *overrides: str) -> Path:
    """A session of the expert on frames of DAVIS; its stages are kept in ``cache`` beside it."""
    run = folder / "run"
    options = ("experiment=davis", f"data_root={data}", f"hydra.run.dir={run}", *EXPERT, *overrides)
    status, said = call("annotate", *options, cache=folder / "cache")
    assert status == 0, said
    return run


@pytest.fixture(scope="session")
def fake_run(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """On drawn frames. Not to be changed by tests."""
    return davis_run(tmp_path_factory.mktemp("fake"), data)


@pytest.fixture(scope="session")
def real_run(tmp_path_factory: pytest.TempPathFactory, realdata: Path) -> Path:
    """On three real frames. Not to be changed by tests."""
    return davis_run(tmp_path_factory.mktemp("real"), realdata, "dataset.limit=3")
