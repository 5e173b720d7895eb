"""What a checkpoint file can do to us: nothing."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from fsannot.clicks.checkpoint import load_without_objects, network_state
from fsannot.clicks.predictors.fbrs import FBRSPredictor
from fsannot.clicks.predictors.fcanet import FCAPredictor
from fsannot.clicks.predictors.ritm import RITMPredictor
from fsannot.clicks.predictors.simpleclick import SimpleClickPredictor
from fsannot.data.errors import (
    CheckpointMismatchError,
    InputError,
    MissingWeightsError,
    UnsafeCheckpointError,
)

LOADERS: list[Callable[..., Any]] = [FBRSPredictor, FCAPredictor, RITMPredictor, SimpleClickPredictor]
executed: list[str] = []


def trace(text: str) -> str:
    executed.append(text)
    return text


class CallsOurs:
    def __reduce__(self) -> tuple[Any, ...]:
        return trace, ("called",)


class CallsEval:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return eval, (f"open({str(self.mark)!r}, 'w')",)


class CallsSystem:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.system, (f"touch {self.mark}",)


class Loss(torch.nn.Module):
    """Stands for the pickled loss in SimpleClick's configs."""

    def __init__(self) -> None:
        super().__init__()
        self.criterion = trace
        self.weight = torch.nn.Parameter(torch.ones(2))

    def __setstate__(self, state: object) -> None:
        executed.append("setstate")


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("payload", [CallsEval, CallsSystem])
def test_nothing_in_a_malicious_file_is_executed(tmp_path: Path, loader: Any, payload: Any) -> None:
    mark, path = tmp_path / "executed", tmp_path / "evil.pth"
    torch.save({"state_dict": {}, "config": payload(mark)}, path)
    with pytest.raises((UnsafeCheckpointError, CheckpointMismatchError), match=r"evil\.pth"):
        loader(weights=path, device="cpu")
    assert not mark.exists()


@pytest.mark.parametrize("loader", LOADERS)
def test_nothing_in_a_plain_pickle_is_executed(tmp_path: Path, loader: Any) -> None:
    mark, path = tmp_path / "executed", tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps(CallsEval(mark)))
    with pytest.raises((UnsafeCheckpointError, CheckpointMismatchError), match=r"evil\.pth"):
        loader(weights=path, device="cpu")
    assert not mark.exists()


def test_unknown_objects_become_blank_stand_ins(tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    state = {"weight": torch.arange(6.0).view(2, 3)}
    config = {"params": {"head": {"value": {"loss": Loss(), "other": CallsOurs()}}}}
    torch.save({"state_dict": state, "config": config}, path)
    executed.clear()
    content = load_without_objects(path)
    assert not executed
    assert torch.equal(network_state(content, source="model")["weight"], state["weight"])
    loss = content["config"]["params"]["head"]["value"]["loss"]  # type: ignore[index]
    assert not isinstance(loss, Loss | torch.nn.Module)


def test_the_system_is_refused_even_as_a_stand_in(tmp_path: Path) -> None:
    path = tmp_path / "evil.pth"
    torch.save({"state_dict": {}, "config": CallsSystem(tmp_path / "executed")}, path)
    with pytest.raises(UnsafeCheckpointError, match="nothing of it was executed"):
        load_without_objects(path)


def test_a_stand_in_is_no_tensor(tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    torch.save({"state_dict": {"weight": CallsOurs()}}, path)
    with pytest.raises(CheckpointMismatchError, match="no tensors"):
        network_state(load_without_objects(path), source="model.pth")


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.99])
def test_a_truncated_checkpoint_is_named(tmp_path: Path, ritm_file: Path, loader: Any, kept: float) -> None:
    whole, path = ritm_file.read_bytes(), tmp_path / "half.pth"
    path.write_bytes(whole[: kept if isinstance(kept, int) else int(kept * len(whole))])
    with pytest.raises(CheckpointMismatchError, match=r"half\.pth"):
        loader(weights=path, device="cpu")


@pytest.mark.parametrize("loader", [FBRSPredictor, FCAPredictor, SimpleClickPredictor])
def test_the_wrong_file_for_the_model_is_named(ritm_file: Path, loader: Any) -> None:
    with pytest.raises(CheckpointMismatchError, match="right file"):
        loader(weights=ritm_file, device="cpu")


def test_the_wrong_size_for_the_model_is_named(ritm_file: Path) -> None:
    with pytest.raises(CheckpointMismatchError, match="another shape"):
        RITMPredictor(weights=ritm_file, backbone="hrnet32", device="cpu")


@pytest.mark.parametrize("content", [None, [], {}, {"state_dict": {}}, {"a": 1}, torch.ones(2)])
def test_content_without_a_network_is_refused(content: object) -> None:
    with pytest.raises(CheckpointMismatchError, match="right file"):
        network_state(content, source="file")


@pytest.mark.parametrize("loader", LOADERS)
def test_missing_weights_say_where_they_are_published(tmp_path: Path, loader: Any) -> None:
    for path in (None, tmp_path / "nowhere.pth"):
        with pytest.raises(MissingWeightsError, match=r"github\.com/.*baseline\.weights="):
            loader(weights=path, device="cpu")


@pytest.mark.parametrize(
    ("loader", "option"),
    [
        (FBRSPredictor, {"threshold": 1.5}),
        (FBRSPredictor, {"zoom_size": 8}),
        (FBRSPredictor, {"evaluations": -1}),
        (RITMPredictor, {"backbone": "hrnet64"}),
        (SimpleClickPredictor, {"size": "giant"}),
        (SimpleClickPredictor, {"crop_side": 500}),
    ],
)
def test_options_outside_their_domain_are_named(loader: Any, option: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(option)).split("_")[0]):
        loader(weights=None, device="cpu", **option)
