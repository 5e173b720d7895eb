"""Calls a program as a shell would, but in this process: importing torch again costs more than what it does."""

from __future__ import annotations

import logging
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHEAP = (
    "edges=gradient", "features=efficientnet_lite0_small", "features.size=64", "projection=pca",
    "projection@local_projection=pca", "metric=none", "hierarchy=volume", "hierarchy.threshold=30", "device=cpu",
)  # fmt: skip
"""Settings of annotate.py that make a session on fakes a matter of a second."""


def call(program: str, *overrides: str, cache: Path, store: Path | None = None) -> tuple[int, str]:
    """Run ``experiments/<program>.py`` with these arguments; exit status and what it wrote to the terminal.

    It runs in the folder that holds ``cache``, or in ``cache`` itself where the stages are kept in ``store``.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FSANNOT_CACHE", str(store or cache))
        patch.setattr(sys, "argv", [str(ROOT / "experiments" / f"{program}.py"), *overrides])
        patch.chdir(cache if store else cache.parent)
        written = _Written()
        patch.setattr(sys, "stdout", written)
        patch.setattr(sys, "stderr", written)
        status = 0
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
            if isinstance(stop.code, str):
                written.write(stop.code)
        finally:
            logging.getLogger().handlers.clear()  # Hydra's write to what is no terminal any more
    return status, "".join(written.parts)


class _Written:
    """Keeps what is written to it."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> int:
        self.parts.append(text)
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False
