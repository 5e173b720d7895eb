"""Networks on a device that runs out of memory: smaller batches, smaller tiles, then an error that says so."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fsannot.data.errors import DeviceError, DeviceMemoryError
from fsannot.edges.network import NetworkEdges
from fsannot.edges.tiling import Tiled


class Cramped(nn.Module):
    """Brightness steps, on a device with room for ``room`` input pixels a pass."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self.passes: list[tuple[int, ...]] = []

    def forward(self, x: Tensor) -> Tensor:
        self.passes.append(tuple(x.shape))
        if x.shape[0] * x.shape[2] * x.shape[3] > self.room:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        grey = x.mean(1, keepdim=True)
        return nn.functional.pad((grey[..., 1:] - grey[..., :-1]).abs(), (0, 1)) - 2


class CrampedEdges(NetworkEdges):
    name = "cramped"

    def __init__(self, room: int, batch_size: int) -> None:
        self.module = Cramped(room)
        super().__init__(self.module, device="cpu", precision="fp32", batch_size=batch_size, pad=1, stride=1)

    def _normalise(self, batch: Tensor) -> Tensor:
        return batch.float() / 255

    def fingerprint(self) -> str:
        return hashlib.sha256(b"cramped").hexdigest()


def pictures(count: int, height: int = 18, width: int = 28) -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (count, height, width, 3), np.uint8))


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Batches in order: several threads would compute several at a time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_batches_are_halved_once_and_for_all(caplog: pytest.LogCaptureFixture) -> None:
    images = pictures(7)
    expected = CrampedEdges(10**9, 1).predict(images)
    model = CrampedEdges(2 * 20 * 30, 8)
    with caplog.at_level(logging.WARNING):
        maps = model.predict(images)
    for found, wanted in zip(maps, expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert model.batch_size == 2
    # 7 and 4 do not fit, then 2 at a time
    assert [shape[0] for shape in model.module.passes] == [7, 4, 2, 2, 2, 1]
    assert "batches of 2" in caplog.text
    model.module.passes.clear()
    model.predict(images)
    assert [shape[0] for shape in model.module.passes] == [2, 2, 2, 1]


def test_one_image_that_does_not_fit_is_an_error_with_a_remedy() -> None:
    with pytest.raises(DeviceMemoryError, match=r"18×28 pixels through cramped; set edges=tiled.*device=cpu"):
        CrampedEdges(20 * 30 - 1, 4).predict(pictures(3))
    assert issubclass(DeviceMemoryError, DeviceError)


def test_tiles_become_smaller_until_they_fit(caplog: pytest.LogCaptureFixture) -> None:
    small, large = pictures(1)[0], pictures(1, 60, 90)[0]
    expected = CrampedEdges(10**9, 1).predict([small, large])
    model = CrampedEdges(34 * 34, 1)
    tiled = Tiled(model, max_pixels=10_000, tile=64, overlap=8)
    fingerprint = tiled.fingerprint()
    with caplog.at_level(logging.WARNING):
        maps = tiled.predict([small, large])
    for found, wanted in zip(maps, expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert "tiles of 32 px" in caplog.text
    assert tiled.fingerprint() == fingerprint
    # learnt: the next large image is not tried in one piece
    model.module.passes.clear()
    tiled.predict([large])
    assert max(shape[2] * shape[3] for shape in model.module.passes) == 34 * 34


def test_tiles_cannot_become_smaller_than_their_overlap_allows() -> None:
    tiled = Tiled(CrampedEdges(100, 1), max_pixels=10_000, tile=64, overlap=16)
    with pytest.raises(DeviceMemoryError, match=r"tiles of 32 px do not fit.*overlap=16"):
        tiled.predict(pictures(1, 60, 90))
