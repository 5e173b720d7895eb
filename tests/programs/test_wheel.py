"""The wheel holds all that the programs need, and runs where there is no checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fsannot import __version__
from tests.experiments.command_line import CHEAP, ROOT

SOURCES = ("fsannot", "conf", "pyproject.toml", "README.md", "LICENSE")
QUICK = [*CHEAP[1:], "edges=gradient", "robot=greedy_box", "dataset.images=2", "dataset.size=[96,128]"]


def run(*words: str | Path, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, env={**os.environ, **env},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is packed: building leaves files where it takes place."""
    folder = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", folder]
    run(sys.executable, "-m", "pip", "wheel", *options, source, folder=folder)
    (built,) = folder.glob("*.whl")
    return built


def packed(source: Path) -> set[str]:
    """What a wheel of the sources has to hold: every file, those of ``conf`` inside the package."""
    inside = {path.relative_to(source) for path in (source / "fsannot").rglob("*") if path.is_file()}
    configs = {Path("fsannot", path.relative_to(source)) for path in (source / "conf").rglob("*.*")}
    return {str(path) for path in inside | configs if "conf" not in path.parts or path.suffix != ".pyc"}


def test_it_holds_every_file_once(wheel: Path, source: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert wheel.name.startswith(f"fsannot-{__version__}-")
    assert len(names) == len(set(names))
    described = {name for name in names if ".dist-info/" in name}
    assert set(names) - described == packed(source)
    assert f"fsannot-{__version__}.dist-info/licenses/LICENSE" in described


def test_it_runs_where_there_is_no_checkout(wheel: Path, tmp_path: Path) -> None:
    site, folder = tmp_path / "site", tmp_path / "here"
    folder.mkdir()
    options = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check", "--target", site]
    run(sys.executable, "-m", "pip", "install", *options, wheel, folder=folder)
    env = {
        "PYTHONPATH": str(site),
        "OMP_NUM_THREADS": "1",
    }  # the other packages are those of this environment
    python = [sys.executable, "-P"]
    asked = "import fsannot, fsannot.conf; print(fsannot.__file__, *fsannot.conf.__path__)"
    for where in run(*python, "-c", asked, folder=folder, **env).stdout.split():
        assert Path(where).is_relative_to(site)
    assert "annotate " in run(site / "bin" / "fsannot", folder=folder, **env).stdout
    start = ["-m", "fsannot", "annotate", "experiment=quickstart"]
    run(*python, *start, *QUICK, folder=folder, **env, FSANNOT_CACHE=str(tmp_path / "cache"))
    (written,) = (folder / "outputs" / "annotate").iterdir()
    assert (written / "results.csv").is_file() and (written / "report.html").is_file()
