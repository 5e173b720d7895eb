"""What the stages put into the store."""

from __future__ import annotations

import numpy as np

from fsannot.edges.model import check_edge_map

EDGE_LEVELS = np.float32(65535)
"""Edge maps are kept as uint16; later stages see the rounded map, fresh or read back, so results agree."""


def edge_arrays(edge_map: np.ndarray) -> dict[str, np.ndarray]:
    """Edge map, float32 (H, W) in [0, 1], as it is stored."""
    check_edge_map(edge_map)
    return {"edges": np.rint(edge_map * EDGE_LEVELS).astype(np.uint16)}


def edge_values(stored: np.ndarray) -> np.ndarray:
    """Float32 (H, W) in [0, 1] of a stored edge map."""
    return stored.astype(np.float32) / EDGE_LEVELS


def feature_arrays(rows: np.ndarray) -> dict[str, np.ndarray]:
    """Features of segments, float32 (n, D), as they are stored: float16, whose rounding moves a similarity by 1e-4."""
    return {"features": rows.astype(np.float16), "count": np.array(len(rows))}
