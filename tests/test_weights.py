"""A file that holds no weights is named for what it is, whoever reads it."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from torch import nn

from fsannot.clicks.checkpoint import load_without_objects
from fsannot.data.errors import CheckpointMismatchError, UnsafeCheckpointError
from fsannot.edges.hed import read_keras_weights
from fsannot.weights import load_checkpoint, load_into

READERS: list[Callable[[Path], object]] = [load_checkpoint, load_without_objects, read_keras_weights]
PAGE = b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123\n"
ANYWHERE = {
    "a web page was saved instead of the file; download it again": PAGE,
    "the file is empty; download it again": b"",
    "pointer Git LFS keeps in place of the file; run git lfs pull": POINTER,
    "this is a gzip archive; unpack it": b"\x1f\x8b\x08" + bytes(40),
    "this is a text, which starts with 'Not found'": b"Not found\n",
}


class Foreign:
    """A class a checkpoint must not bring along."""


def torch_file(content: object) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def zip_file(name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, b"x")
    return stream.getvalue()


WHOLE = torch_file({"a": torch.ones(100)})
TORCH = {
    "truncated at 700 bytes; download it again": WHOLE[:700],
    "zip archive of model.pth, not a torch checkpoint; unpack it": zip_file("model.pth"),
    "TorchScript program, not a state dict": zip_file("net/constants.pkl"),
    "safetensors file, not a torch checkpoint; name it given.safetensors": save({"a": torch.ones(3)}),
    "HDF5 file, not a torch checkpoint; is it the right file": b"\x89HDF\r\n\x1a\n" + bytes(40),
    "truncated or not a torch checkpoint; download it again": bytes(range(40, 240)),
}


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.__name__)
@pytest.mark.parametrize("said", ANYWHERE)
def test_what_is_no_file_of_weights_is_named(
    tmp_path: Path, reader: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / "given.pth"
    path.write_bytes(ANYWHERE[said])
    check(reader, path, said)


@pytest.mark.parametrize("reader", READERS[:2], ids=lambda r: r.__name__)
@pytest.mark.parametrize("said", TORCH)
def test_what_is_no_torch_checkpoint_is_named(
    tmp_path: Path, reader: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / "given.pth"
    path.write_bytes(TORCH[said])
    check(reader, path, said)


def test_what_is_no_safetensors_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "given.safetensors"
    contents = {
        "a web page was saved instead of the file": PAGE,
        "torch checkpoint, not a safetensors file; name it given.pth": WHOLE,
        "truncated or not a safetensors file": save({"a": torch.ones(3)})[:60],
    }
    for said, content in contents.items():
        path.write_bytes(content)
        check(load_checkpoint, path, said)


def test_a_torch_checkpoint_is_no_keras_file(tmp_path: Path) -> None:
    path = tmp_path / "given.h5"
    path.write_bytes(WHOLE)
    check(read_keras_weights, path, "this is a torch checkpoint, not an HDF5 file; is it the right file")


def test_an_object_in_a_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "given.pth"
    path.write_bytes(torch_file({"a": Foreign()}))
    with pytest.raises(UnsafeCheckpointError, match=r"holds tests\.test_weights\.Foreign, which is neither"):
        load_checkpoint(path)
    path.write_bytes(pickle.dumps(Foreign(), protocol=2))
    with pytest.raises(UnsafeCheckpointError, match=r"tests\.test_weights\.Foreign"):
        load_checkpoint(path)


def test_tensors_that_do_not_fit_are_named_with_both_shapes() -> None:
    with pytest.raises(CheckpointMismatchError) as caught:
        load_into(nn.Linear(3, 2), {"weight": torch.ones(4, 3), "bias": torch.ones(2)}, source="file")
    assert "1 of another shape (weight is 4×3 in the file and 2×3 in the model)" in str(caught.value)
    assert "missing" not in str(caught.value)
    with pytest.raises(CheckpointMismatchError, match=r"1 tensors missing \['bias'\], 1 unexpected \['b'\]"):
        load_into(nn.Linear(3, 2), {"weight": torch.ones(2, 3), "b": torch.ones(2)}, source="file")


def check(reader: Callable[[Path], object], path: Path, said: str) -> None:
    with pytest.raises(CheckpointMismatchError) as caught:
        reader(path)
    assert said in str(caught.value) and str(path) in str(caught.value)
    assert "\n" not in str(caught.value) and "weights_only" not in str(caught.value)
