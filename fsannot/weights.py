"""Weights from files, without executing anything a file might hold."""

from __future__ import annotations

import hashlib
import importlib.util
import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from fsannot.data.errors import CheckpointMismatchError, MissingWeightsError, UnsafeCheckpointError
from fsannot.weights_content import Kind, wrong_content


def weights_file(path: str | Path | None, *, what: str, published: str, setting: str) -> Path:
    """Find a weights file that a setting names.

    Args:
        path: the file; ``~`` stands for the home folder; None where nothing is set.
        what: name of the model, for the message.
        published: where its weights are published, for the message.
        setting: key that names the file, for the message.

    Returns:
        the existing file.

    Raises:
        MissingWeightsError: no path is set or there is no such file.
    """
    remedy = f"they are published at {published}; download them and set {setting}=<path>"
    if path is None:
        raise MissingWeightsError(f"{what}: no weights are set; {remedy}")
    file = Path(path).expanduser()
    if not file.is_file():
        raise MissingWeightsError(f"{what}: no weights file at {file}; {remedy}")
    return file


def packaged_file(package: str, relative: str, *, what: str, install: str) -> Path:
    """Find a weights file inside an installed Python package, without importing the package.

    Args:
        package: import name of the package.
        relative: path of the file inside the package.
        what: name of the model, for the message.
        install: command that installs the package, for the message.

    Returns:
        the existing file.

    Raises:
        MissingWeightsError: the package is not installed or lacks the file.
    """
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / relative
        if file.is_file():
            return file
    raise MissingWeightsError(f"{what}: {package}/{relative} is not installed; run: {install}")


def load_checkpoint(path: Path) -> object:
    """Load a torch or safetensors checkpoint without executing anything in it.

    Args:
        path: the file; ``.safetensors`` is read as safetensors, any other suffix as torch.

    Returns:
        tensors and plain containers, on the CPU.

    Raises:
        UnsafeCheckpointError: the file asks to call or import something; nothing of it was executed.
        CheckpointMismatchError: the file is empty, truncated or no checkpoint; says what it is instead.
    """
    check_content(path, "safetensors" if path.suffix == ".safetensors" else "torch")
    if path.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return load_file(path)
        except SafetensorError as error:
            raise CheckpointMismatchError(
                f"{path}: truncated or not a safetensors file ({error}); download it again"
            ) from error
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if named := refused_name(error):
            raise UnsafeCheckpointError(
                f"{path}: refused, it holds {named}, which is neither a tensor nor a plain container; "
                "save its state_dict alone and use that file"
            ) from error
        raise CheckpointMismatchError(
            f"{path}: truncated or not a torch checkpoint; download it again"
        ) from error
    except (RuntimeError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise CheckpointMismatchError(
            f"{path}: truncated or not a torch checkpoint; download it again"
        ) from error


def check_content(path: Path, kind: Kind) -> None:
    """Check by its first bytes that a file holds weights of the expected kind.

    Args:
        path: the file.
        kind: the format expected.

    Raises:
        CheckpointMismatchError: it holds something else or cannot be read; says what the file is and the remedy.
    """
    try:
        wrong = wrong_content(path, kind)
    except OSError as error:
        raise CheckpointMismatchError(f"{path}: cannot be read ({error.strerror or error})") from error
    if wrong is not None:
        raise CheckpointMismatchError(f"{path}: {wrong}")


def refused_name(error: pickle.UnpicklingError) -> str | None:
    """The class or function because of which torch refused a checkpoint.

    torch raises the same error for a forbidden class and for an unreadable file.

    Args:
        error: what ``torch.load`` raised.

    Returns:
        the name, or None where the file is only unreadable.
    """
    found = re.search(
        r"(?:GLOBAL|unrecognized function|unrecognized class) (\S+)|but got (<class .+?>)", str(error)
    )
    if found is None:
        return None
    return "".join(sign if sign.isprintable() else "?" for sign in found[1] or found[2])


def load_into(network: nn.Module, state: Mapping[str, Tensor], *, source: str) -> None:
    """Load a state dict strictly: names and shapes must all agree, and every number must be finite.

    Args:
        network: changed in place.
        state: name → tensor, of the network's shapes: float32 (...) or any other float dtype.
        source: the file, for the message.

    Raises:
        CheckpointMismatchError: lists the first missing, unexpected and differently shaped tensors, or
            those that hold NaN or infinity.
    """
    own = network.state_dict()
    missing = [k for k in own if k not in state]
    unexpected = [k for k in state if k not in own]
    shapes = [k for k in own if k in state and own[k].shape != state[k].shape]
    if missing or unexpected or shapes:
        differ = [
            f"{k} is {_shape(state[k])} in the file and {_shape(own[k])} in the model" for k in shapes[:3]
        ]
        said = [f"{len(missing)} tensors missing {missing[:3]}"] if missing else []
        said += [f"{len(unexpected)} unexpected {unexpected[:3]}"] if unexpected else []
        said += [f"{len(shapes)} of another shape ({', '.join(differ)})"] if shapes else []
        raise CheckpointMismatchError(
            f"{source}: does not fit {type(network).__name__}: {', '.join(said)}; "
            "is it the right file for this model?"
        )
    check_finite(state, source=source)
    network.load_state_dict(dict(state))


def check_finite(state: Mapping[str, Tensor], *, source: str) -> None:
    """Check that no tensor holds NaN or infinity, with which a network would return wrong results silently.

    Args:
        state: name → tensor, float32 (...) or any other dtype.
        source: the file, for the message.

    Raises:
        CheckpointMismatchError: names the first such tensors.
    """
    broken = [k for k, v in state.items() if v.is_floating_point() and not bool(torch.isfinite(v).all())]
    if broken:
        raise CheckpointMismatchError(
            f"{source}: {len(broken)} tensors hold NaN or infinity {broken[:3]}; the file is damaged, or of a training "
            "that diverged: download it again, or take an earlier state of that training"
        )


def _shape(tensor: Tensor) -> str:
    return "×".join(str(side) for side in tensor.shape) or "a single number"


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes.

    Args:
        path: the file.

    Returns:
        64 hexadecimal digits.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
