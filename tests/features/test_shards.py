"""Shards: read as they were written, complete or not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fsannot.data.errors import InputError, StoreError
from fsannot.features.shards import FeatureShard, ShardWriter

COUNTS = (3, 0, 5, 1)


def rows(count: int, seed: int = 0) -> np.ndarray:
    features = np.random.default_rng(seed).normal(size=(count, 6)).astype(np.float32)
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def write(path: Path, counts: tuple[int, ...] = COUNTS) -> None:
    with ShardWriter(path, 6) as shard:
        for image, count in enumerate(counts):
            shard.append(rows(count, image))


def test_each_image_is_read_back_from_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "shard.npy"
    write(path)
    shard = FeatureShard(path)
    assert len(shard) == len(COUNTS)
    assert isinstance(shard.rows, np.memmap)
    assert shard.rows.shape == (sum(COUNTS), 6)
    for image, count in enumerate(COUNTS):
        np.testing.assert_array_equal(shard.image(image), rows(count, image).astype(np.float16))
    np.testing.assert_array_equal(np.load(path), shard.rows)  # an ordinary NumPy file
    with pytest.raises(ValueError, match="read-only"):
        shard.rows[0, 0] = 1


@pytest.mark.parametrize("counts", [(), (0, 0)])
def test_a_shard_without_segments(tmp_path: Path, counts: tuple[int, ...]) -> None:
    write(tmp_path / "empty.npy", counts)
    shard = FeatureShard(tmp_path / "empty.npy")
    assert shard.rows.shape == (0, 6)
    assert len(shard) == len(counts)


def test_what_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shard.npy"

    def killed() -> None:
        with ShardWriter(path, 6) as shard:
            shard.append(rows(3))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert not list(tmp_path.iterdir())
    write(path)
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        killed()
    assert path.read_bytes() == before  # a finished shard stays as it was


def test_two_writers_of_one_shard_agree(tmp_path: Path) -> None:
    path = tmp_path / "shard.npy"
    with ShardWriter(path, 6) as one:
        one.append(rows(4))
        with ShardWriter(path, 6) as other:
            other.append(rows(4))
    np.testing.assert_array_equal(FeatureShard(path).rows, rows(4).astype(np.float16))
    assert len(list(tmp_path.iterdir())) == 2


def test_damage_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere\.npy.*run again"):
        FeatureShard(tmp_path / "nowhere.npy")
    path = tmp_path / "shard.npy"
    write(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match="truncated"):
        FeatureShard(path)
    np.save(path, np.zeros((2, 6), np.float16))
    with pytest.raises(StoreError, match="does not fit its counts"):
        FeatureShard(path)


def test_rows_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    for bad in (np.zeros((2, 5), np.float32), np.full((1, 6), np.nan, np.float32)):
        with pytest.raises(InputError, match="finite"), ShardWriter(tmp_path / "shard.npy", 6) as shard:
            shard.append(bad)
    assert not list(tmp_path.iterdir())
