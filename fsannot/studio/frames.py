"""Binary messages to the page: a JSON header and columns of numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

TYPES = {"float32": "<f4", "int32": "<i4", "int16": "<i2", "uint8": "|u1"}
"""Types of numbers a message may hold; the page knows them by the same names."""
ALIGNED = 8
"""Every column begins at a multiple of so many bytes, so that the page reads it in place."""


def encode_frame(header: Mapping[str, object], columns: Mapping[str, np.ndarray]) -> bytes:
    """A header and columns as one message.

    The first four bytes are the length of the header (little endian), which is JSON and followed by the columns. Its
    key ``columns`` tells name, type, shape and first byte of each, counted from the end of the header.

    Args:
        header: JSON-ready values; without the key ``columns``.
        columns: arrays of one of ``TYPES``, by name.

    Returns:
        the message.
    """
    described, parts, at = [], [], 0
    for name, array in columns.items():
        data = np.ascontiguousarray(array, TYPES[array.dtype.name]).tobytes()
        described.append({"name": name, "type": array.dtype.name, "shape": list(array.shape), "at": at})
        padding = -len(data) % ALIGNED
        parts += [data, b"\0" * padding]
        at += len(data) + padding
    text = json.dumps({**header, "columns": described}, allow_nan=False).encode()
    text += b" " * (-(4 + len(text)) % ALIGNED)
    return b"".join([len(text).to_bytes(4, "little"), text, *parts])


def decode_frame(data: bytes) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    """The inverse of ``encode_frame``.

    Args:
        data: the message.

    Returns:
        header, without the key ``columns``; and columns by name.
    """
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    columns = {}
    for column in header.pop("columns"):
        count = int(np.prod(column["shape"]))
        array = np.frombuffer(data, TYPES[column["type"]], count, 4 + length + column["at"])
        columns[column["name"]] = array.reshape(column["shape"])
    return header, columns
