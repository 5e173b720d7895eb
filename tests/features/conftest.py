from collections.abc import Callable

import numpy as np
import pytest


@pytest.fixture(scope="session")
def blobs() -> Callable[[np.random.Generator, int, int, int], np.ndarray]:
    """Makes label maps of Voronoi cells: connected segments of every size."""

    def make(rng: np.random.Generator, height: int, width: int, count: int) -> np.ndarray:
        seeds = rng.uniform((0, 0), (height, width), (count, 2))
        grid = np.stack(np.mgrid[:height, :width], -1)
        return np.square(grid[:, :, None] - seeds).sum(-1).argmin(-1).astype(np.int32)

    return make
