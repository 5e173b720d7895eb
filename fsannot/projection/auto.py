"""The fastest UMAP of the machine."""

from __future__ import annotations

import logging
from typing import Any

from fsannot.projection.cuml_umap import CumlUmap, cuml_missing
from fsannot.projection.projector import Projector
from fsannot.projection.umap_learn import UmapLearn

log = logging.getLogger(__name__)


def auto_umap(
    *,
    n_neighbors: int = 15,
    min_dist: float = 0.01,
    target_weight: float = 0.5,
    n_epochs: int | None = None,
    warm_epochs: int = 50,
) -> Projector:
    """cuML's UMAP where it can run, else umap-learn's, and a log line that says which and why.

    Args:
        n_neighbors, min_dist, target_weight, n_epochs, warm_epochs: as of
            :class:`~fsannot.projection.cuml_umap.CumlUmap`; umap-learn's has them too.

    Returns:
        the projector.
    """
    settings: dict[str, Any] = {
        "n_neighbors": n_neighbors,
        "min_dist": min_dist,
        "target_weight": target_weight,
        "n_epochs": n_epochs,
        "warm_epochs": warm_epochs,
    }
    if reason := cuml_missing():
        log.warning("projection=auto: UMAP runs on the CPU with umap-learn, because %s", reason)
        return UmapLearn(**settings)
    log.info("projection=auto: UMAP runs on the GPU with cuML")
    return CumlUmap(**settings)
