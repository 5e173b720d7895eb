"""Ways to damage texts: JSON, JSON lines, CSV, YAML and lists of paths."""

from __future__ import annotations

import re

import numpy as np

from fsannot.stress.damage import Damage

VALUES = (
    "", "NaN", "nan", "Infinity", "-Infinity", "1e999", "-1", "-0.0", "1" * 30, "1" * 5000, "true", "null", "~", "[]",
    "{}", '"x"', "'", "\\u0000", "\u202e", "\ud7ff", "0x1F", "1_000", ".5", "../../etc/passwd", "/etc/passwd", "C:\\x",
    "a/../../b",
    "${oc.env:HOME}", "${x}", "!!python/object/apply:os.system [id]", "&a [*a]", "2026-11-24", "=1+1", "\0",
)  # fmt: skip
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_WORD = re.compile(r"[A-Za-z_]{3,}")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _one_replaced(rng: np.random.Generator, data: bytes, pattern: re.Pattern[str], new: str) -> bytes:
    text = _text(data)
    found = list(pattern.finditer(text))
    if not found:
        return data
    match = found[int(rng.integers(len(found)))]
    return (text[: match.start()] + new + text[match.end() :]).encode("utf-8", "surrogatepass")


def number_replaced(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A number is something else."""
    return _one_replaced(rng, data, _NUMBER, VALUES[int(rng.integers(len(VALUES)))])


def word_replaced(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A word is something else."""
    return _one_replaced(rng, data, _WORD, VALUES[int(rng.integers(len(VALUES)))])


def line_damaged(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A line is missing, there twice, in another place, or without its end."""
    lines = data.split(b"\n")
    at, to = int(rng.integers(len(lines))), int(rng.integers(len(lines)))
    kind = int(rng.integers(5))
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(to, lines[at])
    elif kind == 2:
        lines[at], lines[to] = lines[to], lines[at]
    elif kind == 3:
        lines[at] = lines[at][: int(rng.integers(len(lines[at]) + 1))]
    else:
        return data.replace(b"\n", (b"\r\n", b"\r", b" ", b"\0\n", b"\n\n")[int(rng.integers(5))])
    return b"\n".join(lines)


def nested(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A value is nested a hundred thousand times."""
    deep = 10 ** int(rng.integers(2, 6))
    opening, closing = (("[", "]"), ('{"a":', "}"), ("- ", ""), ("[{", "}]"))[int(rng.integers(4))]
    value = opening * deep + "1" + closing * deep
    return value.encode() if rng.random() < 0.3 else _one_replaced(rng, data, _NUMBER, value)


def multiplied(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """YAML whose references stand for 10⁹ values and more (the "billion laughs")."""
    levels = [f"a0: &a0 [{', '.join(['x'] * 10)}]"]
    levels += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]" for k in range(1, int(rng.integers(2, 30)))]
    return data + b"\n" + "\n".join(levels).encode() + b"\n"


def wide(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """A line of a million characters."""
    return data + (b"a", b",", b"0,", b'"')[int(rng.integers(4))] * 10**6


def spelled_otherwise(rng: np.random.Generator, data: bytes, other: bytes) -> bytes:
    """The same text in another encoding, or with signs that cannot be seen."""
    text = _text(data)
    return (
        text.encode("utf-16"), b"\xef\xbb\xbf" + data, text.encode("utf-32"),
        text.replace("a", "\u0430").encode(), text.replace(",", "\uff0c").encode(),
        text.replace(" ", "\u00a0").encode(),
    )[int(rng.integers(6))]  # fmt: skip


TEXTS: tuple[Damage, ...] = (
    number_replaced, number_replaced, word_replaced, word_replaced, line_damaged, line_damaged, nested, wide,
    spelled_otherwise,
)  # fmt: skip
"""All but those of YAML; replacing occurs more often."""
