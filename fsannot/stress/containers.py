"""MATLAB and HDF5 files that are whole, with content no dataset and no network has."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import h5py
import numpy as np
from scipy.io import savemat

from fsannot.stress.damage import DAMAGES, Damage

_BIG = 10**12


def _cell(*items: Any) -> np.ndarray:
    cells = np.empty((1, len(items)), object)
    for k, item in enumerate(items):
        cells[0, k] = item
    return cells


def matlab_content(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A MATLAB file with other variables, types, shapes or nesting."""
    deep: Any = 1.0
    for _ in range(int(rng.integers(1, 300))):
        deep = _cell(deep)
    polygon = rng.random((4, 2)) * 50
    values: tuple[Any, ...] = (
        1.0, "text", deep, _cell(polygon * np.nan), _cell(polygon, polygon[:2]), _cell(polygon[:, :1]), _cell("abc"),
        _cell(polygon * 1e300), _cell(polygon * 1j), _cell(polygon > 25), _cell(_cell(polygon)), _cell({"a": 1}),
        _cell(np.zeros((0, 2))), np.zeros((0, 0)), {"Segmentation": "x"}, {"Segmentation": rng.random((5, 4))},
        {"Segmentation": np.zeros((2, 3, 4), np.int32), "Boundaries": 1},
        {"Segmentation": np.full((6, 8), -7, np.int16)},
        _cell({"Segmentation": np.full((6, 8), 2**31 - 1, np.int64), "Boundaries": np.full((6, 8), np.nan)}),
        _cell({"Segmentation": deep, "Boundaries": deep}), _cell({"Segmentation": np.zeros((0, 0)), "Boundaries": "x"}),
        _cell({"Segmentation": np.array([[1 + 1j]]), "Boundaries": np.array([[1 + 1j]])}), polygon,
        _cell({"Segmentation": np.ones((6, 8), np.uint8), "Boundaries": np.ones((3, 3), np.uint8)}),
    )  # fmt: skip
    name = ("gt", "GTinst", "groundTruth", "other")[int(rng.integers(4))]
    stored = io.BytesIO()
    savemat(stored, {name: values[int(rng.integers(len(values)))]}, do_compression=bool(rng.integers(2)))
    return stored.getvalue()


def matlab_unpacked(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A compressed element of a MATLAB file is damaged below its checksum, or unpacks to ten million zeros."""
    head, at = data[:128], 128
    if len(data) < 136 or struct.unpack("<I", data[at : at + 4])[0] != 15:
        return data
    (length,) = struct.unpack("<I", data[at + 4 : at + 8])
    try:
        inner = zlib.decompress(data[at + 8 : at + 8 + length])
    except zlib.error:
        return data
    if rng.random() < 0.1:
        inner = inner[:16] + bytes(10**7)
    else:
        inner = DAMAGES[int(rng.integers(len(DAMAGES) - 1))](rng, inner, inner)
    packed = zlib.compress(inner)
    return head + struct.pack("<II", 15, len(packed)) + packed


def hdf5_content(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """An HDF5 file in which one array has another type, shape or place: in a file elsewhere, for one."""
    stored = io.BytesIO(data)
    try:
        file = h5py.File(stored, "r+")
        names: list[str] = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    except Exception:  # the file was damaged before
        return data
    with file:
        if not names:
            return data
        name = names[int(rng.integers(len(names)))]
        shape = file[name].shape
        del file[name]
        kind = int(rng.integers(13))
        if kind == 0:
            file[name] = h5py.ExternalLink("/etc/passwd", "/x")
        elif kind == 1:
            file[name] = h5py.ExternalLink("other.h5", name)
        elif kind == 2:
            file[name] = h5py.SoftLink(f"/{name}")  # to itself
        elif kind == 3:
            file.create_dataset(name, (_BIG,), np.float32, chunks=(1000,))  # no byte of it is stored
        elif kind == 4:
            file.create_dataset(name, (10**8,), np.float64, chunks=(10**6,), compression="gzip", fillvalue=0)
        elif kind == 5:
            file[name] = "text"
        elif kind == 6:
            file[name] = np.zeros(shape, np.complex64)
        elif kind == 7:
            file[name] = np.zeros(shape[1:], np.float32)
        elif kind == 8:
            file.create_group(name)
        elif kind == 9:
            file[name] = np.full(shape, np.nan, np.float32)
        elif kind == 10:
            file.create_dataset(name, shape, np.float32, external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])
        elif kind == 11:
            layout = h5py.VirtualLayout(shape, np.float32)
            if shape and shape[0]:
                layout[0] = h5py.VirtualSource("/etc/passwd", "x", shape[1:] or (1,))
            file.create_virtual_dataset(name, layout)
        elif kind == 12:
            texts = np.full(shape, "1", object)
            file.create_dataset(name, data=texts, dtype=h5py.string_dtype())
    return stored.getvalue()


MATLAB: tuple[Damage, ...] = (matlab_content, matlab_content, matlab_unpacked, matlab_unpacked)
HDF5: tuple[Damage, ...] = (hdf5_content, hdf5_content)
