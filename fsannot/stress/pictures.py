"""Image files that are wrong in ways no random damage finds: their checksums are right."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

from fsannot.stress.damage import Damage

SIGNATURE = b"\x89PNG\r\n\x1a\n"
Chunk = tuple[bytes, bytes]


def _chunks(data: bytes) -> list[Chunk]:
    """Name and content of each chunk of a PNG; none of another file."""
    found, at = [], len(SIGNATURE)
    while data.startswith(SIGNATURE) and at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _png(chunks: list[Chunk]) -> bytes:
    parts = [SIGNATURE]
    for name, content in chunks:
        parts.append(
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )
    return b"".join(parts)


def head_replaced(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """Another size, depth, color type or interlacing in the head of a PNG."""
    chunks = _chunks(data)
    if not chunks or len(chunks[0][1]) != 13:
        return data
    values = list(struct.unpack(">IIBBBBB", chunks[0][1]))
    at = int(rng.integers(7))
    sizes = (0, 1, 3, 4000, 60_000, 2**31 - 1, 2**32 - 1)
    values[at] = sizes[int(rng.integers(7))] if at < 2 else int(rng.integers(0, 20))
    if rng.random() < 0.3:  # a bomb
        values[:2] = [60_000, 60_000]
    return _png([(b"IHDR", struct.pack(">IIBBBBB", *values)), *chunks[1:]])


def chunk_damaged(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A chunk of a PNG is damaged, missing, doubled or in another place."""
    chunks = _chunks(data)
    if len(chunks) < 3:
        return data
    at = int(rng.integers(1, len(chunks)))
    name, content = chunks[at]
    kind = int(rng.integers(4))
    if kind == 0:
        changed = bytearray(content or b"\0")
        changed[int(rng.integers(len(changed)))] ^= int(rng.integers(1, 256))
        chunks[at] = (name, bytes(changed))
    elif kind == 1:
        del chunks[at]
    elif kind == 2:
        chunks.insert(int(rng.integers(1, len(chunks))), chunks[at])
    else:
        chunks[at] = (name, content[: int(rng.integers(len(content) + 1))])
    return _png(chunks)


def chunk_added(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A PNG with a palette, transparency, profile, text, EXIF or animation it should not have."""
    chunks = _chunks(data)
    if not chunks:
        return data
    unpacked = zlib.compress(bytes(10**7))  # ten million bytes in ten thousand
    extra: list[Chunk] = [
        (b"PLTE", rng.bytes(int(rng.integers(0, 800)))),
        (b"tRNS", rng.bytes(int(rng.integers(0, 300)))),
        (b"iCCP", b"icc\0\0" + zlib.compress(rng.bytes(200))),
        (b"iCCP", b"icc\0\0" + unpacked),
        (b"zTXt", b"text\0\0" + unpacked),
        (b"iTXt", b"text\0\1\0\0\0" + unpacked),
        (b"eXIf", b"II*\0" + rng.bytes(int(rng.integers(0, 100)))),
        (b"eXIf", b"MM\0*\0\0\0\x08\xff\xff" + rng.bytes(60)),
        (b"acTL", struct.pack(">II", int(rng.integers(0, 2**32)), 0)),
        (b"sRGB", b""),
        (b"pHYs", rng.bytes(9)),
    ]
    chunks.insert(int(rng.integers(1, len(chunks) + 1)), extra[int(rng.integers(len(extra)))])
    return _png(chunks)


def stored_otherwise(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A whole image of another mode or format: CMYK, 16 bit, float, palette, animated, turned, with a profile."""
    size = (int(rng.integers(1, 40)), int(rng.integers(1, 40)))
    colors = Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3)).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = int(rng.integers(0, 12))
    deep = Image.fromarray(rng.integers(0, 65536, (size[1], size[0])).astype(np.uint16))
    kinds: list[tuple[Image.Image, str, dict[str, object]]] = [
        (colors.convert("CMYK"), "JPEG", {}), (colors.convert("CMYK"), "TIFF", {}), (deep, "PNG", {}),
        (deep, "TIFF", {}),
        (Image.new("F", size, 0.5), "TIFF", {}), (Image.new("I", size, 70_000), "TIFF", {}),
        (Image.new("LAB", size), "TIFF", {}), (colors.quantize(7), "PNG", {"transparency": 3}),
        (colors.quantize(7), "GIF", {}), (colors.convert("LA"), "PNG", {}), (colors.convert("1"), "PNG", {}),
        (colors.convert("1"), "TIFF", {"compression": "group4"}), (colors, "TIFF", {"compression": "tiff_lzw"}),
        (colors, "PNG", {"save_all": True, "append_images": [colors.rotate(180)]}),
        (colors, "TIFF", {"save_all": True, "append_images": [colors.rotate(180)]}),
        (colors, "WEBP", {"save_all": True, "append_images": [colors.rotate(180)]}),
        (colors, "JPEG", {"exif": exif}), (colors, "PNG", {"exif": exif}), (colors, "WEBP", {"exif": exif}),
        (colors, "JPEG", {"icc_profile": rng.bytes(300)}), (colors, "JPEG", {"exif": b"Exif\0\0" + rng.bytes(80)}),
        (colors, "PNG", {"icc_profile": rng.bytes(300)}), (colors, "BMP", {}), (colors, "PPM", {}), (colors, "ICO", {}),
        (colors.convert("RGBA"), "PNG", {}), (colors.convert("RGBA"), "WEBP", {"lossless": True}),
    ]  # fmt: skip
    image, kind, options = kinds[int(rng.integers(len(kinds)))]
    stored = io.BytesIO()
    image.save(stored, kind, **options)
    return stored.getvalue()


def bomb(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A small file of 10⁹ pixels that is right in every respect."""
    width, height = (31_623, 31_623) if rng.random() < 0.5 else (1_000_000, 1_000)
    kind = int(rng.integers(3))
    if kind == 0:
        head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
        packer = zlib.compressobj(9)
        row = bytes(1 + (width + 7) // 8)
        body = b"".join(packer.compress(row) for _ in range(min(height, 2000))) + packer.flush()
        return _png([(b"IHDR", head), (b"IDAT", body), (b"IEND", b"")])
    if kind == 1:
        return f"P4 {width} {height}\n".encode()
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 1, 0, 0, 0, 0, 0, 0)


PICTURES: tuple[Damage, ...] = (head_replaced, chunk_damaged, chunk_added, stored_otherwise, bomb)
"""All of them."""
