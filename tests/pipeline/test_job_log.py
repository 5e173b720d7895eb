"""Lines of several jobs interleave: each says which job it is of."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_module

from tests.experiments.command_line import CHEAP, call

PROGRAMS = ("annotate", "clicks", "play")


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_share_one_log(program: str) -> None:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose(program, return_hydra_config=True)
    assert cfg.hydra.job_logging.formatters.simple["()"] == "fsannot.pipeline.job_log.JobFormatter"


def test_a_line_names_its_job_in_a_sweep_and_none_otherwise(tmp_path: Path) -> None:
    given = [*CHEAP, "robot=greedy_box", "dataset.images=2", "dataset.size=[96,128]"]
    status, said = call(
        "annotate", "-m", *given, "seed=0,1", f"hydra.sweep.dir={tmp_path / 's'}", cache=tmp_path / "c"
    )
    assert status == 0, said
    for job in "01":
        lines = (tmp_path / "s" / job / "annotate.log").read_text().splitlines()
        assert lines and all(line.split()[1] == f"#{job}" for line in lines)
        assert f"#{job} session: " in said
    status, said = call("annotate", *given, f"hydra.run.dir={tmp_path / 'one'}", cache=tmp_path / "c")
    assert status == 0, said
    assert "#" not in (tmp_path / "one" / "annotate.log").read_text()
