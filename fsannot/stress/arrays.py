"""NumPy archives that are whole ZIP files with wrong content."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib

import numpy as np

from fsannot.stress.damage import DAMAGES, Damage
from fsannot.stress.texts import TEXTS

HEADS = (
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (True,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<U1000000000', 'fortran_order': False, 'shape': (9,), }",
    "{'descr': '|V0', 'fortran_order': False, 'shape': (9,), }",
    "{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
    "{'descr': '<f8', 'fortran_order': 2, 'shape': 1}",
    "__import__('os').system('id')",
    "[" * 500 + "]" * 500,
    "(",
    "",
)


def _members(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError):
        return {}


def _packed(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=compression)
    return packed.getvalue()


def _npy(head: str, body: bytes = bytes(24), version: bytes = b"\x01\x00") -> bytes:
    text = head.encode("latin1") + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + body


def member_damaged(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A member is damaged, and the archive packed again, so that its checksum is right."""
    members = _members(data)
    if not members:
        return data
    name = list(members)[int(rng.integers(len(members)))]
    damage = (DAMAGES + TEXTS)[int(rng.integers(len(DAMAGES + TEXTS)))]
    members[name] = damage(rng, members[name], other[:2000])
    return _packed(
        members, (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_LZMA)[int(rng.integers(3))]
    )


def member_replaced(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """An array has another type, shape or order, or a head that lies."""
    members = _members(data)
    if not members:
        return data
    name = list(members)[int(rng.integers(len(members)))]
    kind = int(rng.integers(6))
    if kind == 0:
        members[name] = _npy(
            HEADS[int(rng.integers(len(HEADS)))],
            version=(b"\x01\x00", b"\x03\x00", b"\x09\x00")[int(rng.integers(3))],
        )
    elif kind == 1:
        members[name] = members[list(members)[int(rng.integers(len(members)))]]
    else:
        arrays = (
            np.zeros(0), np.array(7), np.full((3, 4), np.nan), np.arange(5)[::-1] - 3, np.array(["a", "b\0c"]),
            np.array([b"\x80\x04."]), np.zeros((2, 0, 5), np.int8), np.array([1e300, -np.inf]),
            np.array([2**63], np.uint64), np.array([True, False]), np.zeros((1,) * 20), np.array([1 + 2j]),
        )  # fmt: skip
        packed = io.BytesIO()
        np.save(packed, arrays[int(rng.integers(len(arrays)))], allow_pickle=False)
        members[name] = packed.getvalue()
    return _packed(members)


def members_changed(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A member is missing, has another name, leads out of the folder, or unpacks to a hundred million bytes."""
    members = _members(data)
    if not members:
        return data
    name = list(members)[int(rng.integers(len(members)))]
    kind = int(rng.integers(5))
    content = members.pop(name)
    if kind == 1:
        members["../" + name] = content
    elif kind == 2:
        members[name.removesuffix(".npy")] = content
    elif kind == 3:
        head = "{'descr': '|u1', 'fortran_order': False, 'shape': (100000000,), }"
        members[name] = _npy(head, bytes(10**8)) if rng.random() < 0.2 else _npy(head, bytes(10**5))
    elif kind == 4:
        members[name] = _npy(
            "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", json.dumps([]).encode()
        )
    return _packed(members)


def directory_lies(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A field of the ZIP's directory is another: size, checksum, compression, flags (such as "encrypted")."""
    at = [i for i in range(len(data) - 46) if data[i : i + 4] in (b"PK\x01\x02", b"PK\x03\x04")]
    if not at:
        return data
    start = at[int(rng.integers(len(at)))]
    field = start + int(rng.integers(4, 46))
    changed = bytearray(data)
    width = int(rng.choice([1, 2, 4]))
    changed[field : field + width] = (rng.bytes(width), b"\xff" * width, bytes(width))[int(rng.integers(3))]
    return bytes(changed)


ARRAYS: tuple[Damage, ...] = (
    member_damaged,
    member_damaged,
    member_replaced,
    member_replaced,
    members_changed,
    directory_lies,
)
"""All of them."""
