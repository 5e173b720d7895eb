"""One ``device`` setting for every room that runs a network."""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

import torch

from fsannot.data.errors import DeviceError, DeviceMemoryError, InputError

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batched(Protocol):
    """What runs in batches on a device."""

    batch_size: int
    device: torch.device


def resolve_device(name: str = "auto") -> torch.device:
    """The torch device behind a setting.

    Args:
        name: ``auto`` (GPU where there is one), ``cpu``, ``cuda`` or ``cuda:<index>``.

    Returns:
        the device.

    Raises:
        InputError: ``name`` is none of these.
        DeviceError: ``cuda`` was set and there is no usable GPU, or none of that index.

    Example:
        >>> resolve_device("cpu")
        device(type='cpu')
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    kind, _, index = name.partition(":")
    if kind != "cuda" or (index and not index.isdigit()):
        raise InputError(f"device={name!r} is not valid; choose auto, cpu, cuda or cuda:<index>")
    if not torch.cuda.is_available():
        raise DeviceError(f"device={name}: no CUDA GPU is usable here; set device=cpu or device=auto")
    if index and int(index) >= torch.cuda.device_count():
        raise DeviceError(
            f"device={name}: this machine has {torch.cuda.device_count()} GPU(s), counted from 0"
        )
    return torch.device(name)


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether bf16 matrix products are faster than fp32 on a device.

    Args:
        device: a CUDA GPU (True since Ampere) or the CPU (True with AMX or AVX512-BF16).

    Returns:
        True where bf16 is faster.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if not (torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()):
        return False
    if platform.machine().lower() in ("x86_64", "amd64"):
        # oneDNN also "supports" bf16 on plain AVX512, emulated and slower than fp32
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return True


def run_in_batches(
    owner: Batched, items: Sequence[Item], run: Callable[[Sequence[Item]], Result], *, one: str, remedy: str
) -> Iterator[Result]:
    """Results of ``run`` on batches of ``owner.batch_size`` items, in order.

    Where the device runs out of memory, the batch is halved and tried again; ``owner.batch_size`` keeps the
    smaller value, because the next batch would not fit either. Logged as a warning.

    Args:
        owner: its ``batch_size`` is read before each batch.
        items: what is processed.
        run: computes the result of a batch.
        one: what a single item is, for the message: "one crop of 224 px".
        remedy: what to set, for the message.

    Yields:
        the result of each batch.

    Raises:
        DeviceMemoryError: a single item does not fit.
    """
    start = 0
    while start < len(items):
        part = items[start : start + owner.batch_size]
        try:
            result = run(part)
        except torch.cuda.OutOfMemoryError as error:
            if owner.batch_size == 1:
                raise DeviceMemoryError(f"{owner.device}: out of memory for {one}; {remedy}") from error
            owner.batch_size = (owner.batch_size + 1) // 2
        else:
            start += len(part)
            yield result
            continue
        # here, not in the handler: the exception's frames hold the tensors that did not fit
        torch.cuda.empty_cache()
        log.warning("%s: out of memory, continuing with batches of %d", owner.device, owner.batch_size)
