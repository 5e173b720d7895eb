"""A network of HED's shape with seeded random weights, and its weights as the published file stores them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fsannot.edges.hed import HEDNetwork
from tests.edges.keras_file import write_keras_weights


@pytest.fixture(scope="session")
def random_network() -> HEDNetwork:
    return HEDNetwork().eval()


@pytest.fixture(scope="session")
def random_hed(random_network: HEDNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_keras_weights(tmp_path_factory.mktemp("hed") / "hed.h5", random_network, seed=0)
