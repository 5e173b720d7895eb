"""What a run was told: names by what differs, and settings that are not the defaults."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from fsannot.data.errors import ResultsError
from fsannot.report.settings import defaults_of, labels, read_settings
from fsannot.runs.directory import RunDirectory, read_run


def told(
    folder: Path, source: Path, program: str, overrides: Sequence[str], method: str, noted: bool = True
) -> RunDirectory:
    """A run directory with the configuration of a program, and what Hydra notes beside it."""
    shutil.copytree(source, folder)
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose(program, overrides=list(overrides), return_hydra_config=True)
    choices = OmegaConf.to_container(cfg.hydra.runtime.choices)
    cfg = OmegaConf.masked_copy(cfg, [key for key in cfg if key not in ("hydra", "logger")])
    (folder / "config.yaml").write_text(OmegaConf.to_yaml(cfg, resolve=True))
    if noted:
        (folder / ".hydra").mkdir()
        (folder / ".hydra" / "hydra.yaml").write_text(
            yaml.safe_dump({"hydra": {"runtime": {"choices": choices}}})
        )
    run = read_run(folder)
    return replace(run, summary=replace(run.summary, method=method, seed=cfg.seed, dataset="davis"))


def named(runs: Sequence[RunDirectory]) -> list[str]:
    return labels(runs, [read_settings(run) for run in runs])


@pytest.mark.parametrize("noted", [True, False])
def test_runs_are_named_by_what_differs(runs: dict[str, Path], tmp_path: Path, noted: bool) -> None:
    made = [
        told(tmp_path / str(k), runs["clicks"], program, ["dataset=davis", *overrides], method, noted)
        for k, (program, overrides, method) in enumerate(
            [
                ("annotate", ["robot=expert", "seed=0"], "expert"),
                ("annotate", ["robot=expert", "seed=1", "workers=2", "device=cpu"], "expert"),
                ("annotate", ["robot=greedy_box", "seed=0"], "greedy_box"),
                ("clicks", ["baseline=watershed"], "watershed"),
            ]
        )
    ]
    assert named(made) == [
        "robot=expert, seed=0", "robot=expert, seed=1", "robot=greedy_box, seed=0", "baseline=watershed",
    ]  # fmt: skip
    assert named(made[:2]) == ["seed=0", "seed=1"]
    assert named(made[:1]) == ["expert"]


def test_an_option_is_compared_among_runs_that_have_its_part(runs: dict[str, Path], tmp_path: Path) -> None:
    made = [
        told(tmp_path / str(k), runs["clicks"], "annotate", overrides, "expert")
        for k, overrides in enumerate(
            [
                ["hierarchy=volume", "hierarchy.threshold=100"],
                ["hierarchy=volume", "hierarchy.threshold=200"],
                ["hierarchy=dynamics"],
            ]
        )
    ]
    assert named(made) == [
        "hierarchy=volume, hierarchy.threshold=100", "hierarchy=volume, hierarchy.threshold=200", "hierarchy=dynamics",
    ]  # fmt: skip


def test_equal_runs_have_their_folders_in_their_names(runs: dict[str, Path], tmp_path: Path) -> None:
    made = [
        told(tmp_path / sweep / "0", runs["clicks"], "annotate", ["dataset=davis"], "expert")
        for sweep in ("a", "b")
    ]
    assert named(made) == ["expert, a/0", "expert, b/0"]


@pytest.mark.parametrize("noted", [True, False])
def test_settings_that_are_not_the_defaults(runs: dict[str, Path], tmp_path: Path, noted: bool) -> None:
    clicks = ["dataset=davis", "protocol.max_clicks=5", "cache=elsewhere", "dataset.root=elsewhere"]
    run = told(tmp_path / "clicks", runs["clicks"], "clicks", clicks, "watershed", noted)
    assert read_settings(run).unusual() == ["protocol.max_clicks=5 (20)"]
    session = [
        "dataset=davis",
        "seed=3",
        "hierarchy.threshold=0.1",
        "dataset.limit=4",
        "device=cpu",
        "robot=random",
    ]
    run = told(tmp_path / "session", runs["session"], "annotate", session, "random", noted)
    said = read_settings(run).unusual()
    assert {"seed=3 (0)", "dataset.limit=4 (null)"} <= set(said)
    assert [text for text in said if text.startswith("hierarchy.threshold=0.1 (")]
    assert next(text for text in said if text.startswith("robot=")).lower().startswith("robot=random")
    assert not [text for text in said if text.startswith(("features", "device", "dataset.root", "metric"))]


def test_a_run_without_configuration_is_named_by_its_results(runs: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(runs["clicks"], tmp_path / "plain")
    (tmp_path / "plain" / "config.yaml").unlink()
    plain = read_run(tmp_path / "plain")
    other = replace(plain, summary=replace(plain.summary, seed=4))
    assert named([plain, other]) == ["seed=0", "seed=4"]
    assert read_settings(plain).unusual() == []


def test_an_option_that_follows_a_setting_in_one_run_only(runs: dict[str, Path], tmp_path: Path) -> None:
    backbone = ["features=efficientnet_lite0", "features.backbone.seed=0", "seed=1"]
    made = [
        told(tmp_path / str(k), runs["clicks"], "annotate", overrides, "expert", False)
        for k, overrides in enumerate((backbone[:1], backbone))
    ]
    assert named(made) == ["seed=0", "seed=1"]
    assert not [text for text in read_settings(made[0]).unusual() if "seed" in text]


def test_a_damaged_configuration_is_named(runs: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(runs["clicks"], tmp_path / "damaged")
    (tmp_path / "damaged" / "config.yaml").write_text("a: [")
    with pytest.raises(ResultsError, match=r"config\.yaml: not a readable configuration"):
        read_settings(read_run(tmp_path / "damaged"))


def test_defaults_can_be_asked_for_within_a_program() -> None:
    defaults_of.cache_clear()
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        assert defaults_of("clicks").values["protocol"]["max_clicks"] == 20
        assert compose("report").output == "report.html"
