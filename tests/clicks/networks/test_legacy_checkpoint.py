"""Checkpoints in torch's format from before 1.6: read without executing anything, or refused."""

from __future__ import annotations

import io
import os
import pickle
import struct
import warnings
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from fsannot.clicks.checkpoint import Placeholder, load_without_objects, network_state
from fsannot.clicks.legacy_checkpoint import MAGIC, PROTOCOL
from fsannot.data.errors import CheckpointMismatchError, UnsafeCheckpointError
from fsannot.weights import load_checkpoint
from tests.clicks.networks.test_checkpoint_safety import (
    LOADERS,
    CallsEval,
    CallsOurs,
    CallsSystem,
    Loss,
    executed,
)


def save(content: object, path: Path) -> None:
    with (
        warnings.catch_warnings()
    ):  # torch keeps the source of a pickled module, and says where it finds none
        warnings.simplefilter("ignore")
        torch.save(content, path, _use_new_zipfile_serialization=False)


def test_tensors_of_every_kind_come_back(tmp_path: Path) -> None:
    path, whole = tmp_path / "old.pth", torch.arange(24.0).view(4, 6)
    state = OrderedDict(
        plain=whole,
        turned=whole.t(),
        part=whole[1:3, 2:],
        shared=whole,
        number=torch.tensor(7),
        empty=torch.zeros(0, 3),
        parameter=torch.nn.Parameter(torch.ones(2)),
        **{
            str(dtype): torch.tensor([0, 1, 1]).to(dtype)
            for dtype in (torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.uint8, torch.bool)
        },
    )
    save(
        {"state_dict": state, "config": {"size": (448, 448), "names": ["a", None, 1.5, True], "set": {1, 2}}},
        path,
    )
    content: Any = load_without_objects(path)
    assert list(content["state_dict"]) == list(state)
    for name, tensor in network_state(content, source="old").items():
        assert torch.equal(tensor, state[name]), name
        assert tensor.dtype == state[name].dtype
    assert content["config"] == {"size": (448, 448), "names": ["a", None, 1.5, True], "set": {1, 2}}


def test_objects_become_blank_stand_ins(tmp_path: Path) -> None:
    """A pickled module, as in SimpleClick's config: torch's own restricted reader refuses this format with one."""
    path = tmp_path / "old.pth"
    state = {"weight": torch.arange(6.0).view(2, 3)}
    save({"state_dict": state, "config": {"loss": Loss(), "other": CallsOurs()}}, path)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)
    executed.clear()
    content: Any = load_without_objects(path)
    assert not executed
    assert torch.equal(network_state(content, source="old")["weight"], state["weight"])
    assert isinstance(content["config"]["loss"], Placeholder)
    assert isinstance(content["config"]["other"], Placeholder)


def test_simpleclick_opens_such_a_file(tmp_path: Path, tiny_simpleclick: Callable[..., Any]) -> None:
    config = {"params": {"use_disks": {"type": "builtin", "value": True, "specified": True}}, "loss": Loss()}
    zipped = tiny_simpleclick(tmp_path / "new.pth", config=config)
    old = tiny_simpleclick(tmp_path / "old.pth", config=config, save=save)
    for name, tensor in zipped._network.state_dict().items():
        assert torch.equal(old._network.state_dict()[name], tensor), name


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("payload", [CallsEval, CallsSystem])
def test_nothing_in_a_malicious_file_is_executed(tmp_path: Path, loader: Any, payload: Any) -> None:
    mark, path = tmp_path / "executed", tmp_path / "evil.pth"
    save({"state_dict": {}, "config": payload(mark)}, path)
    with pytest.raises((UnsafeCheckpointError, CheckpointMismatchError), match=r"evil\.pth"):
        loader(weights=path, device="cpu")
    assert not mark.exists()


class CallsReader:
    """Calls a function of torch that files have no business with, through a name torch itself is known by."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return torch.save, ({}, str(self.mark))


@pytest.mark.parametrize("payload", [CallsEval, CallsSystem, CallsReader])
@pytest.mark.parametrize("part", range(5))
def test_no_part_of_a_file_is_executed(tmp_path: Path, payload: Any, part: int) -> None:
    """The format is five pickles; the hostile one may be any of them, in any protocol."""
    mark, path = tmp_path / "executed", tmp_path / "evil.pth"
    good: list[object] = [MAGIC, PROTOCOL, {"little_endian": True}, {"state_dict": {}}, []]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        parts = [payload(mark) if i == part else thing for i, thing in enumerate(good)]
        path.write_bytes(b"".join(pickle.dumps(thing, protocol) for thing in parts))
        try:
            content = load_without_objects(path)
        except (UnsafeCheckpointError, CheckpointMismatchError) as error:
            assert "evil.pth" in str(error)
        else:
            assert part == 3 and isinstance(content, Placeholder)
        assert not mark.exists()


def test_the_system_is_refused_even_as_a_stand_in(tmp_path: Path) -> None:
    path = tmp_path / "evil.pth"
    save({"state_dict": {}, "config": CallsSystem(tmp_path / "executed")}, path)
    with pytest.raises(UnsafeCheckpointError, match=r"asks for posix\.system; nothing of it was executed"):
        load_without_objects(path)


def test_a_file_cannot_change_what_other_files_are_read_with(tmp_path: Path) -> None:
    """BUILD writes attributes: onto a class or function it would last beyond this file."""
    path = tmp_path / "evil.pth"
    before = (
        torch._utils._rebuild_tensor_v2.__defaults__,
        vars(OrderedDict).keys(),
        vars(Placeholder).copy(),
    )
    head = b"".join(pickle.dumps(thing, 2) for thing in (MAGIC, PROTOCOL, {"little_endian": True}))
    for name in (b"ctorch._utils\n_rebuild_tensor_v2\n", b"ccollections\nOrderedDict\n", b"csome\nthing\n"):
        attack = b"\x80\x02" + name + b"(N}X\x0c\x00\x00\x00__defaults__(K\x01tstb."
        path.write_bytes(head + attack + pickle.dumps([], 2))
        with pytest.raises((CheckpointMismatchError, UnsafeCheckpointError)):
            network_state(load_without_objects(path), source="evil.pth")
    after = (torch._utils._rebuild_tensor_v2.__defaults__, vars(OrderedDict).keys(), vars(Placeholder).copy())
    assert after == before


@pytest.mark.parametrize("kept", [1, 30, 0.5, 0.99])
def test_a_truncated_file_is_named(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "half.pth"
    save({"state_dict": {"weight": torch.ones(100)}, "config": {"loss": Loss()}}, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: kept if isinstance(kept, int) else int(kept * len(whole))])
    with pytest.raises(CheckpointMismatchError, match=r"half\.pth: truncated or not a torch checkpoint"):
        load_without_objects(path)


def test_a_tensor_beyond_its_storage_is_refused(tmp_path: Path) -> None:
    """The file says three numbers and a shape of a million."""
    path, stream = tmp_path / "evil.pth", io.BytesIO()

    class Written(pickle.Pickler):
        def persistent_id(self, thing: object) -> object:
            return ("storage", torch.FloatStorage, "0", "cpu", 3, None) if thing == "here" else None

    class Beyond:
        def __reduce__(self) -> tuple[Any, ...]:
            return torch._utils._rebuild_tensor_v2, ("here", 0, (1000, 1000), (1000, 1), False, OrderedDict())

    for thing in (MAGIC, PROTOCOL, {"little_endian": True}):
        pickle.dump(thing, stream, 2)
    Written(stream, 2).dump({"weight": Beyond()})
    pickle.dump(["0"], stream, 2)
    path.write_bytes(stream.getvalue() + struct.pack("<q", 3) + bytes(12))
    with pytest.raises(CheckpointMismatchError, match="truncated or not a torch checkpoint"):
        load_without_objects(path)


def test_plain_state_dicts_of_the_old_format_open_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    save({"weight": torch.arange(3.0)}, path)
    for reader in (load_checkpoint, load_without_objects):
        assert torch.equal(network_state(reader(path), source="old")["weight"], torch.arange(3.0))


def test_the_marks_of_these_tests_would_show(tmp_path: Path) -> None:
    """A plain pickle does execute: the tests above can fail."""
    for payload in (CallsEval, CallsSystem):
        mark = tmp_path / payload.__name__
        pickle.loads(pickle.dumps(payload(mark)))  # noqa: S301
        assert os.path.exists(mark)
