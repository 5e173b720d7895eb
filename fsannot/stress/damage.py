"""Ways to damage the bytes of any file."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

Damage = Callable[[np.random.Generator, bytes, bytes], bytes]
"""Generator, the file, another file of the same kind → the damaged file."""

EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def truncated(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """The beginning of the file."""
    return data[: int(rng.integers(0, len(data) + 1))]


def bits_flipped(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """One to sixteen bits are another."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 17)) if data else 0):
        changed[int(rng.integers(len(changed)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def early_bits_flipped(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """One to eight bits of the first 256 bytes are another."""
    return bits_flipped(rng, data[:256], other) + data[256:]


def bytes_set(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A few bytes are set to random values."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 9)) if data else 0):
        changed[int(rng.integers(len(changed)))] = int(rng.integers(256))
    return bytes(changed)


def number_set(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A number of two, four or eight bytes is an extreme one."""
    width, code = ((2, "H"), (4, "I"), (8, "Q"))[int(rng.integers(3))]
    if len(data) < width:
        return data
    value = int(rng.choice(np.array(EXTREMES, np.uint64))) & (256**width - 1)
    at = int(rng.integers(min(len(data) - width + 1, 4096 if rng.random() < 0.7 else len(data))))
    at = min(at, len(data) - width)
    packed = struct.pack("<>"[int(rng.integers(2))] + code, value)
    return data[:at] + packed + data[at + width :]


def part_removed(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A part in the middle is missing."""
    start, stop = np.sort(rng.integers(0, len(data) + 1, 2)).tolist()
    return data[:start] + data[stop:]


def part_doubled(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A part occurs twice."""
    start, stop = np.sort(rng.integers(0, len(data) + 1, 2)).tolist()
    return data[:stop] + data[start:]


def part_zeroed(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A part is zeros, as of a file whose end did not reach the disk."""
    start, stop = np.sort(rng.integers(0, len(data) + 1, 2)).tolist()
    return data[:start] + bytes(stop - start) + data[stop:]


def noise_inserted(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """Random bytes stand in the middle."""
    at = int(rng.integers(0, len(data) + 1))
    return data[:at] + rng.bytes(int(rng.integers(1, 200))) + data[at:]


def spliced(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """The beginning of the file, and the end of another."""
    return data[: int(rng.integers(0, len(data) + 1))] + other[int(rng.integers(0, len(other) + 1)) :]


def of_another_kind(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """No such file at all."""
    kinds = (
        b"", b"\0", b"\n", b"not the file you expect\n", b"%PDF-1.7\n", b"PK\x05\x06" + bytes(18), b"<html></html>",
        b"\x89PNG\r\n\x1a\n", b"\x93NUMPY\x01\x00", b"MATLAB 5.0 MAT-file", b"\xff\xd8\xff\xe0", b"\x89HDF\r\n\x1a\n",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n", b"\xef\xbb\xbf",
        b"\xff\xfe\x00\xd8",
    )  # fmt: skip
    chosen = kinds[int(rng.integers(len(kinds)))]
    return chosen + (rng.bytes(int(rng.integers(0, 400))) if rng.random() < 0.5 else b"")


DAMAGES: tuple[Damage, ...] = (
    truncated, bits_flipped, early_bits_flipped, bytes_set, number_set, part_removed, part_doubled, part_zeroed,
    noise_inserted, spliced, of_another_kind,
)  # fmt: skip
"""All of them."""
