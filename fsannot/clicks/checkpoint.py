"""Reading checkpoints of click networks: ``{state_dict, config}``, some with pickled objects in their config."""

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


class Placeholder:
    """Replaces an object in a checkpoint that is not needed. It takes any arguments and state and does nothing."""

    def __new__(cls, *args: object, **kwargs: object) -> Placeholder:
        return super().__new__(cls)

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def append(self, item: object) -> None:
        """Drop ``item``, which the pickle appends to a list."""
        pass

    def extend(self, items: object) -> None:
        """Drop ``items``, by which the pickle extends a list."""
        pass


def load_without_objects(path: Path) -> object:
    """Read a torch checkpoint with a placeholder for everything that is neither tensor nor plain container.

    The published files of SimpleClick need this: their config holds the pickled loss of the training program. The
    names are read from the file without running it, each is mapped to a placeholder, and torch's weights-only
    unpickler does the rest. Files from before torch 1.6 are read by ``load_legacy``. Nothing that the file names is
    imported or called.

    Args:
        path: the file.

    Returns:
        its content: tensors on the CPU, numbers, strings, containers and placeholders.

    Raises:
        UnsafeCheckpointError: the file names functions of the operating system, for which there is no placeholder.
        CheckpointMismatchError: the file is truncated or not a checkpoint.
    """
    check_content(path, "torch")
    try:
        if is_legacy(path):
            return load_legacy(path, stand_in=lambda: type("Placeholder", (Placeholder,), {}))
        names = get_unsafe_globals_in_checkpoint(path)
        stand_ins: list[Any] = [(type("Placeholder", (Placeholder,), {}), name) for name in names]
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
    """The state dict in the content of a checkpoint.

    Args:
        content: a state dict, or a mapping that holds one under ``state_dict``.
        source: the file, for messages.

    Returns:
        tensors by name, float32 (C, D), int64 () and others, as in the file.

    Raises:
        CheckpointMismatchError: there is no state dict, or it holds something other than tensors.
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
