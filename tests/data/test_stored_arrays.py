"""NumPy's files: equal to what NumPy reads, and bounded where a file lies about itself."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fsannot.data.stored_arrays import DamagedArraysError, read_array, read_arrays

ARRAYS = {
    "a": np.arange(12.0).reshape(3, 4),
    "columns": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "scalar": np.array(7),
    "empty": np.zeros((0, 4), np.float16),
    "texts": np.array(["ab", "ç"]),
    "bool": np.array([True, False]),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_as_numpy_reads_them(tmp_path: Path, save: object) -> None:
    save(tmp_path / "x.npz", **ARRAYS)  # type: ignore[operator]
    found = read_arrays(tmp_path / "x.npz")
    for name, expected in ARRAYS.items():
        np.testing.assert_array_equal(found[name], expected)
        assert found[name].dtype == expected.dtype and found[name].flags.writeable
        np.save(tmp_path / "x.npy", expected)
        np.testing.assert_array_equal(read_array(tmp_path / "x.npy"), expected)
        np.testing.assert_array_equal(read_array(tmp_path / "x.npy", mapped=True), expected)
    assert list(read_arrays(tmp_path / "x.npz", ("a",))) == ["a"]
    with pytest.raises(DamagedArraysError, match="'z' is missing"):
        read_arrays(tmp_path / "x.npz", ("z",))
    with pytest.raises(FileNotFoundError):
        read_arrays(tmp_path / "y.npz")


def archive(content: bytes, name: str = "a.npy", compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as made:
        made.writestr(name, content)
    return packed


def npy(head: str, body: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + (len(head) + 1).to_bytes(2, "little") + head.encode() + b"\n" + body


HEADS = {
    "terabytes": "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }",
    "overflow": "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
    "negative": "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
    "objects": "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
    "no bytes": "{'descr': '|V0', 'fortran_order': False, 'shape': (9,), }",
    "statement": "{'descr': '<f8', 'fortran_order': False, 'shape': (\n",
    "call": "__import__('os').system('id')",
}


@pytest.mark.parametrize("name", HEADS)
def test_heads_that_lie(tmp_path: Path, name: str) -> None:
    content = npy(HEADS[name], bytes(24))
    with pytest.raises(DamagedArraysError):
        read_arrays(archive(content))
    (tmp_path / "a.npy").write_bytes(content)
    for mapped in (False, True):
        with pytest.raises(DamagedArraysError):
            read_array(tmp_path / "a.npy", mapped=mapped)


def test_archives_that_lie() -> None:
    good = io.BytesIO()
    np.save(good, np.zeros(1000))
    whole = archive(good.getvalue()).getvalue()
    broken = bytearray(whole)
    broken[60] ^= 0xFF  # in the compressed bytes: zlib's own error
    with pytest.raises(DamagedArraysError):
        read_arrays(io.BytesIO(bytes(broken)))
    for other in (archive(good.getvalue(), "a.txt"), archive(good.getvalue(), compression=zipfile.ZIP_LZMA)):
        with pytest.raises(DamagedArraysError):
            read_arrays(other)
    claims = bytearray(whole)
    at = claims.rindex(b"PK\x01\x02") + 24  # the size in the directory
    claims[at : at + 4] = (2**31).to_bytes(4, "little")
    with pytest.raises(DamagedArraysError, match="claims more bytes"):
        read_arrays(io.BytesIO(bytes(claims)))
