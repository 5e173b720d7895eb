"""What a file is by its first bytes, where it should hold weights: most failed downloads show there."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

Kind = Literal["torch", "safetensors", "hdf5"]

_HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = b"PK\x03\x04"
_ARCHIVES = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7z", b"Rar!": "rar"}
_PICKLE = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_LOOKED_AT = 512


def wrong_content(path: Path, kind: Kind) -> str | None:
    """Say what is wrong with a file that should hold weights.

    Args:
        path: an existing file.
        kind: the format expected.

    Returns:
        what the file is instead and the remedy, or None where its first bytes show nothing wrong.
    """
    with path.open("rb") as stream:
        start = stream.read(_LOOKED_AT)
    text = start.lstrip().lower()
    if not start:
        return "the file is empty; download it again"
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<!--")):
        return "a web page was saved instead of the file; download it again, from the link of the file itself"
    if start.startswith(b"version https://git-lfs"):
        return (
            "this is the pointer Git LFS keeps in place of the file; run git lfs pull in its checkout, "
            "or download the file itself"
        )
    for magic, name in _ARCHIVES.items():
        if start.startswith(magic):
            return f"this is a {name} archive; unpack it and use the file inside"
    found = _kind(path, start)
    if found is not None and found != kind:
        named = {"torch": "a torch checkpoint", "safetensors": "a safetensors file", "hdf5": "an HDF5 file"}
        remedy = "is it the right file for this model?"
        if {found, kind} == {"torch", "safetensors"}:
            remedy = f"name it {path.stem}{'.safetensors' if found == 'safetensors' else '.pth'}"
        return f"this is {named[found]}, not {named[kind]}; {remedy}"
    if found == "torch" and start.startswith(_ZIP):
        return _wrong_zip(path)
    if found is None and _is_text(start):
        shown = start.decode("utf-8").strip().splitlines()[0][:60]
        return f"this is a text, which starts with {shown!r}, not weights; download it again"
    return None


def _kind(path: Path, start: bytes) -> Kind | None:
    if start.startswith((_ZIP, *_PICKLE)):
        return "torch"
    if start.startswith(_HDF5):
        return "hdf5"
    header = int.from_bytes(start[:8], "little")
    if start[8:9] == b"{" and 0 < header < path.stat().st_size:
        return "safetensors"
    return None


def _wrong_zip(path: Path) -> str | None:
    if not zipfile.is_zipfile(path):  # its directory is at the end
        return f"the file is truncated at {path.stat().st_size} bytes; download it again"
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        return f"the file is damaged ({error}); download it again"
    if any(name.endswith("/constants.pkl") for name in names):
        return "this is a TorchScript program, not a state dict; save its state_dict alone and use that file"
    if not any(name.endswith("/data.pkl") or name == "data.pkl" for name in names):
        inside = ", ".join(names[:3])
        return f"this is a zip archive of {inside}, not a torch checkpoint; unpack it and use the file inside"
    return None


def _is_text(start: bytes) -> bool:
    try:
        shown = start.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3:  # not a character cut in two
            return False
        shown = start[: error.start].decode("utf-8")
    return all(character.isprintable() or character in "\r\n\t" for character in shown) and bool(
        shown.strip()
    )
