"""UMAP on the GPU, by cuML."""

from __future__ import annotations

import hashlib
import importlib.util

import numpy as np
import torch

from fsannot.data.errors import DeviceError
from fsannot.projection.projector import UNLABELLED, Projector
from fsannot.projection.umap_learn import check_umap_settings


def cuml_missing() -> str | None:
    """Why cuML cannot be used here, or ``None`` if it can.

    Importing it proves nothing: that succeeds without a GPU.
    """
    if importlib.util.find_spec("cuml") is None:
        return "cuML is not installed (pip install 'fsannot[gpu]')"
    if not torch.cuda.is_available():
        return "there is no usable CUDA GPU"
    return None


class CumlUmap(Projector):
    """UMAP as in :class:`~fsannot.projection.umap_learn.UmapLearn`, computed by cuML.

    Args:
        n_neighbors: size of a neighbourhood, the point itself included.
        min_dist: least distance of points on the canvas, in UMAP's units.
        target_weight: weight of labels against features, in [0, 1).
        n_epochs: of a fresh layout; ``None`` for 500 up to 10,000 points and 200 beyond.
        warm_epochs: when ``init`` is given.

    Raises:
        DeviceError: no GPU, or cuML is not installed.
    """

    name = "cuml_umap"

    def __init__(
        self,
        *,
        n_neighbors: int = 15,
        min_dist: float = 0.01,
        target_weight: float = 0.5,
        n_epochs: int | None = None,
        warm_epochs: int = 50,
    ) -> None:
        check_umap_settings(n_neighbors, min_dist, target_weight)
        if reason := cuml_missing():
            raise DeviceError(f"projection=cuml_umap: {reason}; set projection=umap_learn or projection=auto")
        self.n_neighbors = n_neighbors
        self.min_dist = min_dist
        self.target_weight = target_weight
        self.n_epochs = n_epochs
        self.warm_epochs = warm_epochs

    def fingerprint(self) -> str:
        settings = (
            f"{self.name}|{self.n_neighbors}|{self.min_dist}|{self.target_weight}|{self.n_epochs}|"
            f"{self.warm_epochs}"
        )
        return hashlib.sha256(settings.encode()).hexdigest()

    def _project(
        self, features: np.ndarray, labels: np.ndarray | None, init: np.ndarray | None, seed: int
    ) -> np.ndarray:
        from cuml.manifold import UMAP

        fresh = self.n_epochs or (500 if len(features) <= 10_000 else 200)
        supervised = labels is not None and (labels != UNLABELLED).any()
        model = UMAP(
            n_neighbors=min(self.n_neighbors, len(features)),
            min_dist=self.min_dist,
            n_epochs=fresh if init is None else self.warm_epochs,
            init="spectral" if init is None else np.ascontiguousarray(init, np.float32),
            target_metric="categorical",
            target_weight=self.target_weight,
            random_state=seed % 2**32,  # also makes cuML's kernels deterministic
            output_type="numpy",
        )
        y = labels.astype(np.float32) if supervised and labels is not None else None
        return np.asarray(model.fit_transform(features, y=y), np.float32)
