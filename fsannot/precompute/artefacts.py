"""The arrays that the stages keep in the store."""

from __future__ import annotations

import numpy as np

from fsannot.edges.model import check_edge_map

EDGE_LEVELS = np.float32(65535)
"""Edge maps are kept as uint16; later stages see the rounded map, fresh or read back, so results agree."""


def edge_arrays(edge_map: np.ndarray) -> dict[str, np.ndarray]:
    """An edge map as it is stored.

    Args:
        edge_map: float32 (H, W) in [0, 1].

    Returns:
        ``edges``: uint16 (H, W), in steps of 1/65535.
    """
    check_edge_map(edge_map)
    return {"edges": np.rint(edge_map * EDGE_LEVELS).astype(np.uint16)}


def edge_values(stored: np.ndarray) -> np.ndarray:
    """A stored edge map as values.

    Args:
        stored: uint16 (H, W).

    Returns:
        float32 (H, W) in [0, 1].

    Examples:
        >>> edge_values(edge_arrays(np.array([[0.0, 1.0]], np.float32))["edges"])
        array([[0., 1.]], dtype=float32)
    """
    return stored.astype(np.float32) / EDGE_LEVELS


def feature_arrays(rows: np.ndarray) -> dict[str, np.ndarray]:
    """Features of segments as they are stored.

    Args:
        rows: float32 (n, D).

    Returns:
        ``features``: float16 (n, D), whose rounding changes a cosine similarity by 1e-4; ``count``: n.
    """
    return {"features": rows.astype(np.float16), "count": np.array(len(rows))}
