"""The README's picture comes from a run directory."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest
from PIL import Image

PROGRAM = Path(__file__).parents[2] / "scripts" / "picture.py"


def test_it_is_drawn_from_any_session(
    runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["picture.py", str(runs["session"]), str(tmp_path / "picture.png")])
    runpy.run_path(str(PROGRAM), run_name="__main__")
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.width > 800
    monkeypatch.setattr(sys, "argv", ["picture.py", str(runs["clicks"]), str(tmp_path / "none.png")])
    with pytest.raises(SystemExit, match="the picture needs a session"):
        runpy.run_path(str(PROGRAM), run_name="__main__")
    assert (PROGRAM.parents[1] / "docs" / "picture.png").stat().st_size < 200_000
