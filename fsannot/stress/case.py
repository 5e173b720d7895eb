"""One damaged file and what a reader makes of it."""

from __future__ import annotations

import shutil
import time
import traceback
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsannot.data.errors import FsannotError
from fsannot.stress.damage import Damage
from fsannot.stress.readers import READERS

LONGEST_MESSAGE = 1500


@dataclass(frozen=True)
class Outcome:
    """What a reader made of a damaged file.

    Attributes:
        reader: its name.
        case: number of the case.
        damage: what was done to the file.
        kind: ``read`` (the file could still be read), ``refused`` (with a sentence), or a failure: ``traceback``
            (another error than one of fsannot's), ``sentence`` (one without file, reason or remedy), ``contract``
            (accepted what the reader says it never returns), ``written`` (a file was changed or left over), ``slow``,
            ``memory``, ``died``.
        seconds: that reading took.
        said: the message, or the last line of the traceback.
    """

    reader: str
    case: int
    damage: str
    kind: str
    seconds: float
    said: str

    @property
    def failed(self) -> bool:
        """Whether a promise was broken."""
        return self.kind not in {"read", "refused"}


def damaged_file(reader: str, case: int, seed: int, folder: Path) -> tuple[Path, str]:
    """Make the file of a case; the same case always gives the same bytes.

    Args:
        reader: a name in ``READERS``.
        case: its number.
        seed: of the campaign.
        folder: made empty first.

    Returns:
        the damaged file, below ``folder``, and the name of the damage.
    """
    tried = READERS[reader]
    rng = np.random.default_rng([seed, zlib.crc32(reader.encode()), case])
    other = _written(reader, folder, rng).read_bytes()
    path = _written(reader, folder, rng)
    damage: Damage = tried.damages[int(rng.integers(len(tried.damages)))]
    path.write_bytes(damage(rng, path.read_bytes(), other))
    return path, damage.__name__


def run_case(reader: str, case: int, seed: int, folder: Path, *, limit_seconds: float) -> Outcome:
    """Damage a file, read it, and judge what happens.

    Args:
        reader, case, seed, folder: as of :func:`damaged_file`.
        limit_seconds: that reading may take.

    Returns:
        the outcome.
    """
    path, damage = damaged_file(reader, case, seed, folder)
    before = _contents(folder)
    start = time.perf_counter()
    kind, said = _attempt(reader, path, folder)
    seconds = time.perf_counter() - start
    after = _contents(folder)
    if reader == "cached artefact" and path.name not in {p.name for p in map(Path, after)}:
        before.pop(
            str(path.relative_to(folder)), None
        )  # a damaged artefact is removed, so that it is computed again
    if kind in {"read", "refused"} and after != before:
        kind, said = "written", f"changed: {sorted(set(before.items()) ^ set(after.items()))[:3]}"
    if kind in {"read", "refused"} and seconds > limit_seconds:
        kind = "slow"
    return Outcome(reader, case, damage, kind, round(seconds, 3), said)


def _attempt(reader: str, path: Path, folder: Path) -> tuple[str, str]:
    try:
        READERS[reader].read(path, folder)
    except FsannotError as error:
        said = str(error)
        return ("refused" if is_sentence(said, path) else "sentence"), said[:LONGEST_MESSAGE]
    except AssertionError as error:
        return "contract", _where(error)
    except MemoryError as error:
        return "memory", _where(error)
    except Exception as error:
        return "traceback", _where(error)
    return "read", ""


def is_sentence(said: str, path: Path) -> bool:
    """Whether a message names the file, a reason and a remedy.

    Args:
        said: the message.
        path: of the file; its stem is enough, where several files of that stem belong together.

    Returns:
        whether it does; the remedy follows a semicolon, as everywhere in the package.
    """
    _, _, remedy = said.rpartition("; ")
    named = path.stem.partition(".")[0] in said
    shown = all(character.isprintable() or character in "\n" for character in said)
    return named and bool(remedy) and remedy != said and shown and len(said) <= LONGEST_MESSAGE


def _where(error: BaseException) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/fsannot/" in f.filename]
    place = f"{frames[-1].filename.rpartition('/fsannot/')[2]}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__}: {str(error)[:300]} ({place})"


def _written(reader: str, folder: Path, rng: np.random.Generator) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = READERS[reader].write(folder, rng)
    if path.suffix == ".mat":  # SciPy writes the time into the head
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(116) + path.read_bytes()[116:])
    return path


def _contents(folder: Path) -> dict[str, int]:
    return {
        str(p.relative_to(folder)): zlib.crc32(p.read_bytes())
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }
