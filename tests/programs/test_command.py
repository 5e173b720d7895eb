"""The ``fsannot`` command, and the other ways to start a program."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fsannot import __version__
from fsannot.programs.command import CURRENT, main, programs
from tests.experiments.command_line import CHEAP, ROOT, call

SMALL = [*CHEAP, "robot=greedy_box", "dataset.images=2", "dataset.size=[96,128]"]
TIME = r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command changes in the process is put back."""
    monkeypatch.setattr(sys, "argv", ["fsannot"])
    monkeypatch.setenv(CURRENT, "")
    monkeypatch.delenv(CURRENT)


def test_alone_it_lists_every_program_with_one_short_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    said = capsys.readouterr().out
    known = programs()
    assert set(known) == {path.stem for path in (ROOT / "experiments").glob("*.py")}
    for name, sentence in known.items():
        assert re.search(rf"^  {name} +{re.escape(sentence)}$", said, re.M)
        assert len(sentence) < 100 and sentence.endswith(".") and ". " not in sentence, f"{name}: {sentence}"


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--version"])
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize(("given", "said"), [("anotate", "; did you mean annotate?"), ("zzz", ";")])
def test_an_unknown_program_is_refused_with_the_nearest(given: str, said: str) -> None:
    with pytest.raises(SystemExit, match=re.escape(f"there is no program '{given}'{said}")):
        main([given])


@pytest.mark.usefixtures("program")
def test_help_names_parts_with_their_choices_and_settings(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["bench-robots", "robot=random", "--help"])
    said = capsys.readouterr().out
    assert said.startswith(programs()["bench_robots"])
    assert "clock=human\n    of human, human_fast, human_slow, paper, zero\n" in said
    assert "robot=random\n    of cluster_box, expert, expert_v1, greedy_box" in said
    assert "max_actions: 1000000" in said and "dataset" not in said.partition("== Parts")[2]


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.py")), ids=lambda path: path.stem)
def test_every_file_of_experiments_is_a_door_to_its_program(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert f"from fsannot.programs.{path.stem} import main\n" in text and len(text.splitlines()) < 12
    assert text.startswith(f'"""{programs()[path.stem]}\n')
    assert (ROOT / "conf" / f"{path.stem}.yaml").is_file()


@pytest.mark.usefixtures("program")
def test_the_command_and_the_door_write_to_the_same_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("door", "command"):
        (tmp_path / name).mkdir()
    status, said = call("annotate", *SMALL, cache=tmp_path / "door" / "cache")
    assert status == 0, said
    monkeypatch.setenv("FSANNOT_CACHE", str(tmp_path / "door" / "cache"))
    monkeypatch.chdir(tmp_path / "command")
    main(["annotate", *SMALL])
    logging.getLogger().handlers.clear()
    for folder in (tmp_path / "door", tmp_path / "command"):
        (timed,) = (folder / "outputs" / "annotate").iterdir()
        assert re.fullmatch(TIME, timed.name) and (timed / "annotate.log").is_file()


def test_the_jobs_of_a_sweep_run_in_parallel(tmp_path: Path) -> None:
    sweep = ["-m", "fsannot", "annotate", "-m", *SMALL, "seed=0,1", "hydra/launcher=joblib"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "FSANNOT_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, *sweep, "hydra.launcher.n_jobs=2"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (timed,) = (tmp_path / "multirun" / "annotate").iterdir()
    assert re.fullmatch(TIME, timed.name)
    for job in "01":
        assert (timed / job / "results.csv").is_file() and (timed / job / "annotate.log").is_file()


@pytest.mark.usefixtures("program")
def test_a_process_that_a_training_starts_knows_its_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(CURRENT, "bench_robots")
    monkeypatch.setenv("LOCAL_RANK", "1")
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    assert capsys.readouterr().out.startswith(programs()["bench_robots"])
