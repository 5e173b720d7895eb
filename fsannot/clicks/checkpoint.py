"""Checkpoints of the click networks: ``{state_dict, config}``, some with pickled objects in their config."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from fsannot.clicks.legacy_checkpoint import RefusedNameError, is_legacy, load_legacy
from fsannot.data.errors import CheckpointMismatchError, UnsafeCheckpointError
from fsannot.weights import check_content, refused_name

_UNREADABLE = (
    RuntimeError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    struct.error,
    MemoryError,
)


class Unloaded:
    """Stands where a checkpoint holds an object nobody needs: takes any arguments and state, does nothing."""

    def __new__(cls, *args: object, **kwargs: object) -> Unloaded:
        return super().__new__(cls)

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def append(self, item: object) -> None:
        pass

    def extend(self, items: object) -> None:
        pass


def load_without_objects(path: Path) -> object:
    """A torch checkpoint with a blank stand-in for whatever is neither tensor nor plain container.

    SimpleClick's published files need it: their config holds the pickled loss of the training program. The
    names are read from the file without running it, each is mapped to a stand-in of its own, and torch's
    weights-only unpickler does the rest. Files in the format from before torch 1.6, which it does not read with a
    module in them, go through ``load_legacy``. Nothing the file names is imported or called.

    Raises:
        UnsafeCheckpointError: the file names functions of the operating system, which not even a stand-in is
            made for.
        CheckpointMismatchError: the file is truncated or no checkpoint.
    """
    check_content(path, "torch")
    try:
        if is_legacy(path):
            return load_legacy(path, stand_in=lambda: type("Unloaded", (Unloaded,), {}))
        names = get_unsafe_globals_in_checkpoint(path)
        stand_ins: list[Any] = [(type("Unloaded", (Unloaded,), {}), name) for name in names]
        with safe_globals(stand_ins):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if named := str(error) if isinstance(error, RefusedNameError) else refused_name(error):
            raise UnsafeCheckpointError(
                f"{path}: refused, it asks for {named}; nothing of it was executed; "
                "get it from where it is published"
            ) from error
        raise CheckpointMismatchError(
            f"{path}: truncated or not a torch checkpoint; download it again"
        ) from error
    except _UNREADABLE as error:
        raise CheckpointMismatchError(
            f"{path}: truncated or not a torch checkpoint; download it again"
        ) from error


def network_state(content: object, *, source: str) -> dict[str, Tensor]:
    """The state dict in a checkpoint's content, which is one itself or holds one under ``state_dict``.

    Raises:
        CheckpointMismatchError: there is none, or it holds something else than tensors.
    """
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping) or not content:
        raise CheckpointMismatchError(
            f"{source}: holds no network ({type(content).__name__} instead of a dictionary of tensors); "
            "is it the right file for this model?"
        )
    strange = [str(key) for key, value in content.items() if not isinstance(value, Tensor)]
    if strange:
        raise CheckpointMismatchError(
            f"{source}: {len(strange)} entries of its state dict are no tensors {strange[:3]}; "
            "is it the right file for this model?"
        )
    return dict(content)
