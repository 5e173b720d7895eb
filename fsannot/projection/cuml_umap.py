"""UMAP on the GPU, by cuML."""

from __future__ import annotations

import hashlib
import importlib.util

import numpy as np
import torch

from fsannot.data.errors import DeviceError
from fsannot.features.rows import Features, chunks
from fsannot.projection.fuzzy_graph import with_self
from fsannot.projection.neighborhoods import FindNeighbors, Neighborhoods
from fsannot.projection.projector import UNLABELLED, Projector
from fsannot.projection.umap_learn import check_umap_settings


def cuml_missing() -> str | None:
    """Why cuML cannot be used on this machine.

    That it can be imported is not enough: the import succeeds without a GPU.

    Returns:
        the reason, or ``None`` where cuML can be used.
    """
    if importlib.util.find_spec("cuml") is None:
        return "cuML is not installed (pip install '.[gpu]' in fsannot's checkout)"
    if not torch.cuda.is_available():
        return "there is no usable CUDA GPU"
    return None


class CumlUmap(Projector):
    """UMAP as in :class:`~fsannot.projection.umap_learn.UmapLearn`, computed by cuML.

    Args:
        n_neighbors: size of a neighborhood, the point itself included.
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
        self,
        features: Features,
        labels: np.ndarray | None,
        init: np.ndarray | None,
        neighbors: FindNeighbors | None,
        seed: int,
    ) -> np.ndarray:
        from cuml.manifold import UMAP

        count = len(features)
        fresh = self.n_epochs or (500 if count <= 10_000 else 200)
        supervised = labels is not None and (labels != UNLABELLED).any()
        k = min(self.n_neighbors, count)
        try:
            find = neighbors or Neighborhoods(features, device="cuda", seed=seed).table
            index, distance = with_self(*find(k - 1))
            model = UMAP(
                n_neighbors=k,
                min_dist=self.min_dist,
                n_epochs=fresh if init is None else self.warm_epochs,
                init="spectral" if init is None else np.ascontiguousarray(init, np.float32),
                target_metric="categorical",
                target_weight=self.target_weight,
                random_state=seed % 2**32,  # also makes cuML's kernels deterministic
                precomputed_knn=(index.astype(np.int64), distance),
                output_type="numpy",
            )
            y = labels.astype(np.float32) if supervised and labels is not None else None
            return np.asarray(model.fit_transform(_on_gpu(features), y=y), np.float32)
        except (torch.cuda.OutOfMemoryError, MemoryError) as error:  # RMM's is a MemoryError
            raise DeviceError(
                f"projection=cuml_umap: out of GPU memory for {count} points of {features.shape[1]} dimensions; "
                "set projection=umap_learn, or a metric that reduces the dimensions"
            ) from error


def _on_gpu(features: Features) -> torch.Tensor:
    """Float32 (N, D) on the GPU, uploaded chunk by chunk: no float32 copy in main memory."""
    held = torch.empty(features.shape, dtype=torch.float32, device="cuda")
    start = 0
    for chunk in chunks(features):
        held[start : start + len(chunk)] = torch.from_numpy(chunk).cuda()
        start += len(chunk)
    return held
