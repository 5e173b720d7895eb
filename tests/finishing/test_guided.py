"""The guided filter against its definition, and in blocks."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.finishing import guided
from fsannot.finishing.guided import guided_filter


def naive(image: np.ndarray, values: np.ndarray, radius: int, eps: float) -> np.ndarray:
    """Window by window, in float64: He et al. 2013, equations 14 to 16."""
    guide = image.astype(float) / 255
    height, width = values.shape
    slopes, offsets = np.zeros((height, width, 3)), np.zeros((height, width))
    windows = {}
    for y in range(height):
        for x in range(width):
            part = slice(max(y - radius, 0), y + radius + 1), slice(max(x - radius, 0), x + radius + 1)
            windows[y, x] = part
            colors, p = guide[part].reshape(-1, 3), values[part].ravel()
            covariance = np.cov(colors.T, bias=True) + eps * np.eye(3)
            shared = (colors * p[:, None]).mean(0) - colors.mean(0) * p.mean()
            slopes[y, x] = np.linalg.solve(covariance, shared)
            offsets[y, x] = p.mean() - slopes[y, x] @ colors.mean(0)
    out = np.zeros((height, width))
    for (y, x), part in windows.items():
        out[y, x] = slopes[part].reshape(-1, 3).mean(0) @ guide[y, x] + offsets[part].mean()
    return out


def test_equals_its_definition() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (13, 17, 3), np.uint8)
    maps = rng.random((2, 13, 17), np.float32)
    found = guided_filter(image, maps, radius=2, eps=1e-2)
    for k in range(2):
        np.testing.assert_allclose(found[k], naive(image, maps[k], 2, 1e-2), atol=1e-4)


@pytest.mark.parametrize("block", [1, 17 * 9, 1 << 20])
def test_blocks_change_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (61, 17, 3), np.uint8)
    maps = rng.random((1, 61, 17), np.float32)
    whole = guided_filter(image, maps, radius=3, eps=1e-3)
    monkeypatch.setattr(guided, "BLOCK_PIXELS", block)
    np.testing.assert_allclose(guided_filter(image, maps, radius=3, eps=1e-3), whole, atol=1e-5)
