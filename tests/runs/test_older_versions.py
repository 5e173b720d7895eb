"""Files of version 0.1, whose columns were ``user_seconds…``, are read as if they were written today."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
import yaml

import fsannot
from fsannot.configuration.targets import locate
from fsannot.data.errors import ResultsError
from fsannot.evaluation.effort import read_curve
from fsannot.evaluation.noc import ClickPoint
from fsannot.evaluation.results import read_results, read_summary
from fsannot.evaluation.rows import RENAMED, read_rows
from fsannot.report.page import write_report
from fsannot.runs.directory import read_run
from fsannot.runs.older_versions import KEYS, MODULES, current_choice, current_config
from fsannot.runs.session_record import DATA
from fsannot.studies.search_results import read_study

RESULTS = """\
method,dataset,group,image,instance,iou,agreement,user_seconds,machine_seconds,actions,seed
expert,synthetic,scene,scene/0,,0.5,,3.25,0.125,4,0
"""
CURVE = """\
user_seconds_per_image,machine_seconds_per_image,iou,agreement,actions
0.0,0.1,0.0,,0
3.25,0.125,0.5,,4
"""
CLICKS = """\
group,image,instance,click,region,y,x,positive,iou,agreement,converged,user_seconds,machine_seconds
scene,scene/0,1,1,0,5,7,1,0.5,,0,2.4,0.125
"""
SUMMARY = {
    "method": "expert",
    "dataset": "synthetic",
    "seed": 0,
    "images": 1,
    "actions": 4,
    "user_seconds_per_image": 3.25,
    "machine_seconds_per_image": 0.125,
    "iou_mean": 0.5,
    "user_seconds_per_image_ci": [3.0, 3.5],
    "protocol_version": "2",
}
CONFIG = """\
dataset: {_target_: fsannot.data.synthetic.Synthetic, images: 3}
hierarchy: {_target_: fsannot.hierarchy.partitioner.Partitioner, criterion: dynamics, threshold: 0.3, frontier: 0.1}
metric: {_target_: fsannot.features.metric.NoMetric}
robot: {_target_: fsannot.robots.expert.Expert, rest: false, study: true, series: true}
clock: {_target_: fsannot.annotation.clock.Clock, decide: 1.2, glance: 0.05}
perception: {_target_: fsannot.robots.oracle.Perception}
motor: {_target_: fsannot.robots.motor.Motor}
logger:
  csv: {_target_: fsannot.pipeline.loggers.CsvLogger}
second_price: 0.005
seed: 0
"""


def test_tables_with_the_old_columns(tmp_path: Path) -> None:
    for name, text in (("results.csv", RESULTS), ("curve.csv", CURVE), ("clicks.csv", CLICKS)):
        (tmp_path / name).write_text(text)
    assert [row.human_seconds for row in read_results(tmp_path / "results.csv")] == [3.25]
    assert [point.human_seconds_per_image for point in read_curve(tmp_path / "curve.csv")] == [0.0, 3.25]
    assert [click.human_seconds for click in read_rows(tmp_path / "clicks.csv", ClickPoint)] == [2.4]


def test_a_table_with_the_old_and_the_new_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text(RESULTS.replace("machine_seconds", "human_seconds"))
    with pytest.raises(ResultsError, match=r"results\.csv: column waiting_seconds is missing"):
        read_results(tmp_path / "results.csv")


def test_a_summary_with_the_old_keys(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(json.dumps(SUMMARY))
    summary = read_summary(tmp_path / "summary.json")
    assert (summary.human_seconds_per_image, summary.human_seconds_per_image_ci) == (3.25, (3.0, 3.5))


def of_version_1(run: Path, folder: Path) -> Path:
    """A copy of a run directory as version 0.1 wrote it."""
    old = {new: before for before, new in RENAMED.items()}
    shutil.copytree(run, folder)
    for name in ("results.csv", "curve.csv"):
        head, _, rest = (folder / name).read_text().partition("\n")
        (folder / name).write_text(",".join(old.get(n, n) for n in head.split(",")) + "\n" + rest)
    summary = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps({old.get(k, k): v for k, v in summary.items()}))
    with np.load(folder / DATA) as archive:
        arrays = {old.get(name, name): archive[name] for name in archive.files}
    np.savez_compressed(folder / DATA, allow_pickle=False, **arrays)
    (folder / "config.yaml").write_text(CONFIG)
    return folder


def test_machine_seconds_are_waiting_and_preparation(tmp_path: Path) -> None:
    for name, text in (("results.csv", RESULTS), ("curve.csv", CURVE), ("summary.json", json.dumps(SUMMARY))):
        (tmp_path / name).write_text(text)
    (tmp_path / "provenance.json").write_text(json.dumps({"protocol_version": "2"}))
    run = read_run(tmp_path)
    # 0.1 of the 0.125 seconds were spent before the first action
    assert run.summary.preparation_seconds_per_image == 0.1
    assert run.summary.waiting_seconds_per_image == pytest.approx(0.025)
    assert [point.waiting_seconds_per_image for point in run.curve] == pytest.approx([0.0, 0.025])
    assert run.rows[0].preparation_seconds == pytest.approx(0.1)
    assert run.rows[0].waiting_seconds == pytest.approx(0.025)


def test_a_run_directory_with_its_session(runs: dict[str, Path], tmp_path: Path) -> None:
    now, then = read_run(runs["session"]), read_run(of_version_1(runs["session"], tmp_path / "old"))
    assert (then.rows, then.summary, then.curve) == (now.rows, now.summary, now.curve)
    assert then.session is not None and now.session is not None
    np.testing.assert_array_equal(then.session[0].human_seconds, now.session[0].human_seconds)
    page = write_report([then.path], tmp_path / "report.html").read_text()
    assert "hierarchy.min_strength=0.1 (0)" in page and "robot.label_rest=false (true)" in page
    assert "frontier=" not in page


def test_an_old_configuration_has_todays_classes_and_keys() -> None:
    config = current_config(yaml.safe_load(CONFIG))
    for part in ("metric", "robot", "clock", "perception", "motor"):
        locate(config[part]["_target_"], part)
    assert config["hierarchy"]["min_strength"] == 0.1 and "frontier" not in config["hierarchy"]
    assert config["robot"].keys() == {"_target_", "label_rest", "open_images", "click_several"}
    assert config["price_per_second"] == 0.005
    assert config["clock"] == {"_target_": "fsannot.human.clock.Clock", "decide": 1.2, "look": 0.05}
    assert current_config(config) == config
    assert (
        current_choice("robot", "neighbours") == "neighbors" and current_choice("robot", "expert") == "expert"
    )


EXPERT = "fsannot.robots.expert.Expert"
SEES_ALL = {"_target_": "fsannot.human.perception.Perception"}
SEES_WHAT_IS_LEGIBLE = {"_target_": "fsannot.human.confusion.Confusion"}


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"robot": {"_target_": EXPERT}, "perception": SEES_ALL}, "expert_v1.ExpertV1"),
        ({"robot": {"_target_": EXPERT, "caution": 1.0, "focus": 0.5}}, "expert_v1.ExpertV1"),
        ({"robot": {"_target_": EXPERT, "study": True}}, "expert_v1.ExpertV1"),
        ({"robot": {"_target_": EXPERT}, "perception": SEES_WHAT_IS_LEGIBLE}, "expert.Expert"),
        ({"robot": {"_target_": EXPERT, "hope": 0.5}}, "expert.Expert"),
    ],
)
def test_an_expert_that_saw_everything_is_the_one_of_version_1_of_the_human_model(
    config: dict[str, dict[str, object]], found: str
) -> None:
    robot = current_config(config)["robot"]
    assert robot["_target_"] == f"fsannot.robots.{found}"
    assert config["robot"]["_target_"] == EXPERT  # what was read stays as it is
    locate(robot["_target_"], "robot")


def test_every_renamed_name_leads_to_one_that_is_there() -> None:
    for old, new in MODULES.items():
        there = [
            Path(fsannot.__file__).parents[1].joinpath(*name.split(".")).with_suffix(".py")
            for name in (old, new)
        ]
        assert [path.is_file() for path in there] == [False, True]
    robot = current_config({"robot": {"_target_": "fsannot.robots.neighbours.Neighbours"}})["robot"]
    locate(robot["_target_"], "robot")
    assert all(old.rpartition(".")[0] == new.rpartition(".")[0] for old, new in KEYS.items())


def test_a_search_with_the_old_attribute(tmp_path: Path) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=f"sqlite:///{tmp_path / 'study.db'}", study_name="old", direction="maximize"
    )
    trial = study.ask({"robot.caution": optuna.distributions.UniformDistribution(0.0, 2.0)})
    for key, value in {
        "iou_mean": 0.75,
        "user_seconds_per_image": 3.25,
        "sessions": 1,
        "dataset": "davis",
    }.items():
        trial.set_user_attr(key, value)
    study.tell(trial, 0.7)
    found = read_study(tmp_path)
    assert found.trials[0].human_seconds_per_image == 3.25
    assert found.fixed == {"dataset": "davis"}
    assert replace(found.best, params={}).quality == 0.75
