"""The fastest UMAP of the machine."""

from __future__ import annotations

import logging
from typing import Any

from fsannot.projection.cuml_umap import CumlUmap, cuml_missing
from fsannot.projection.projector import Projector
from fsannot.projection.umap_learn import UmapLearn

log = logging.getLogger(__name__)


def auto_umap(**settings: Any) -> Projector:
    """cuML's UMAP where it can run, else umap-learn's, and a log line that says which and why.

    Args:
        settings: those of :class:`~fsannot.projection.cuml_umap.CumlUmap`, which both have.
    """
    if reason := cuml_missing():
        log.warning("projection=auto: UMAP runs on the CPU with umap-learn, because %s", reason)
        return UmapLearn(**settings)
    log.info("projection=auto: UMAP runs on the GPU with cuML")
    return CumlUmap(**settings)
