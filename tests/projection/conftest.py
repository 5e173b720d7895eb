import numpy as np
import pytest


@pytest.fixture(scope="session")
def clusters() -> tuple[np.ndarray, np.ndarray]:
    """Unit features float32 (240, 24) of six clusters, and the cluster of each."""
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(6), 40)
    features = rng.normal(size=(6, 24))[cluster] + 0.6 * rng.normal(size=(240, 24))
    return (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float32), cluster
