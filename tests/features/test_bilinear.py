"""Bilinear resampling in one pass, against torch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from fsannot.features.bilinear import bilinear_taps, resample_normalised


@pytest.mark.parametrize("size", [(48, 85), (48, 96), (64, 96), (200, 33), (1, 1)])
def test_the_image_is_the_one_torch_makes(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (48, 85, 3), dtype=np.uint8)
    scale, offset = rng.random((2, 3), np.float32)
    large = functional.interpolate(
        torch.from_numpy(image).permute(2, 0, 1)[None].float(), size, mode="bilinear", align_corners=False
    )
    wanted = large[0].permute(1, 2, 0).numpy() * scale - offset
    made = torch.empty(*size, 3)
    resample_normalised(image, scale, offset, out=made)
    # of values to 255; where the processor fuses products and sums as in torch they are equal to the last bit
    np.testing.assert_allclose(made, wanted, rtol=0, atol=5e-4)


def test_an_image_seen_through_a_view() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    seen = torch.empty(20, 30, 3, dtype=torch.bfloat16)
    resample_normalised(image[:, ::-1], np.ones(3, np.float32), np.zeros(3, np.float32), out=seen)
    # whole numbers to 255 are exact in bf16
    np.testing.assert_array_equal(seen.float().numpy(), image[:, ::-1])


def test_taps_by_hand() -> None:
    cell, share = bilinear_taps(4, 2)
    assert cell.tolist() == [0, 0, 0, 1] and share.tolist() == [0, 0.25, 0.75, 0]
    cell, share = bilinear_taps(2, 4)
    assert cell.tolist() == [0, 2] and share.tolist() == [0.5, 0.5]
