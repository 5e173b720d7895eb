"""The table programs through their command lines, on fakes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fsannot.report.comparison import TableRow
from fsannot.report.comparison_files import read_comparison
from tests import fakes
from tests.experiments.command_line import CHEAP, call

ROBOT = ("robot=greedy_box", *CHEAP)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = fakes.write_fake_data_root(tmp_path_factory.mktemp("data"))
    shutil.rmtree(root / "iCoseg")
    return root


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work") / "cache"


@pytest.fixture(scope="module")
def table2(data: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A finished Table 2 of what is there."""
    folder = tmp_path_factory.mktemp("table2") / "first"
    status, said = call(
        "table2", "edges=gradient", "hierarchy=volume", "hierarchy.threshold=30",
        f"data_root={data}", f"hydra.run.dir={folder}",
        cache=cache,
    )  # fmt: skip
    assert status == 0, said
    return folder, said


def by_metric(rows: list[TableRow], method: str, dataset: str = "davis") -> dict[str, TableRow]:
    return {row.metric: row for row in rows if row.method == method and row.dataset == dataset}


def test_what_is_there_is_measured_and_what_is_absent_is_named(table2: tuple[Path, str]) -> None:
    folder, said = table2
    rows = read_comparison(folder / "table2.csv")
    assert {row.dataset for row in rows} == {"davis", "rooftop"}
    mean = by_metric(rows, "majority_vote")["mean IoU"]
    assert mean.published == 0.8246 and mean.published_as == "hierarchical cut + majority vote, paper table 2"
    assert mean.value is not None and mean.low is not None and mean.high is not None
    assert mean.low <= mean.value <= mean.high
    assert mean.difference == pytest.approx(mean.value - 0.8246)
    assert (mean.images, mean.instances, mean.weights) == (6, None, "none")
    assert by_metric(rows, "majority_vote", "rooftop")["mean IoU"].instances == 4
    for text in (said, (folder / "table2.md").read_text(), (folder / "table2.tex").read_text()):
        assert "skipped: dataset icoseg" in text.lower() and "no folder iCoseg" in text
    assert "iCoseg" in (folder / "report.html").read_text()
    assert r"\begin{tabular}" in (folder / "table2.tex").read_text()


def test_again_it_keeps_what_is_finished_and_a_new_run_gives_the_same_table(
    table2: tuple[Path, str], data: Path, cache: Path, tmp_path: Path
) -> None:
    folder, _ = table2
    again = ("edges=gradient", "hierarchy=volume", "hierarchy.threshold=30", f"data_root={data}")
    whole = (folder / "table2.csv").read_bytes()
    status, said = call("table2", *again, f"hydra.run.dir={folder}", cache=cache)
    assert status == 0 and "davis: finished before, kept" in said and "Launching" not in said
    assert (folder / "table2.csv").read_bytes() == whole
    # a run that was stopped half way is run again
    (folder / "runs" / "davis" / "summary.json").unlink()
    status, said = call("table2", *again, f"hydra.run.dir={folder}", cache=cache)
    assert status == 0 and "rooftop: finished before, kept" in said and "davis: finished" not in said
    status, said = call("table2", *again, f"hydra.run.dir={tmp_path / 'second'}", cache=cache)
    assert status == 0 and "edges: 0 of 6 images computed" in said
    for name in ("table2.csv", "table2.md", "table2.tex"):
        assert (folder / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name


def test_any_launcher_starts_the_runs(
    table2: tuple[Path, str], data: Path, cache: Path, tmp_path: Path
) -> None:
    status, said = call(
        "table2", "edges=gradient", "hierarchy=volume", "hierarchy.threshold=30", "dataset=davis", f"data_root={data}",
        "hydra/launcher=submitit_local", "hydra.launcher.timeout_min=5", f"hydra.run.dir={tmp_path / 'run'}",
        cache=cache,
    )  # fmt: skip
    assert status == 0 and "Submitit 'local' sweep" in said, said
    rows = read_comparison(tmp_path / "run" / "table2.csv")
    assert rows == [row for row in read_comparison(table2[0] / "table2.csv") if row.dataset == "davis"]


def test_another_robot_parameter_recomputes_no_stage(data: Path, cache: Path, tmp_path: Path) -> None:
    # the fakes have fewer regions than a projection needs
    pieces = "'edges=perfect','constrained=true','hierarchy=dynamics','hierarchy.threshold=0.01'"
    for name, rate in (("a", "0.001"), ("b", "0.01")):
        status, said = call(
            "table1", *ROBOT, f"ideal=[{pieces}]", f"robot.min_rate={rate}", "dataset=[davis,rooftop]",
            f"data_root={data}", f"hydra.run.dir={tmp_path / name}", cache=cache,
        )  # fmt: skip
        assert status == 0, said
    log = (tmp_path / "b" / "runs" / "davis-greedy_box" / "table1.log").read_text()
    for stage in ("edges", "hierarchy", "features"):
        assert f"{stage}: 0 of 6 images computed" in log
    cut, regions = "the tool's segments cut along the mask", "regions of the ground truth (ideal)"
    every = read_comparison(tmp_path / "b" / "table1.csv")
    ideal = by_metric(every, f"greedy_box, {regions}")
    assert all(row.published is None for row in ideal.values())
    assert "PerfectEdges" in (tmp_path / "b/runs/davis-greedy_box-ideal/config.yaml").read_text()
    assert "criterion: volume" in (tmp_path / "b/runs/davis-greedy_box/config.yaml").read_text()
    rows = by_metric(every, f"greedy_box, {cut}")
    assert rows["median IoU"].published == 0.9997
    time, human, waiting = (rows[name] for name in ("time, human + waiting", "human time", "waiting"))
    assert time.published == 7.82 and "together" in time.note and human.published is None
    assert time.value == pytest.approx((human.value or 0) + (waiting.value or 0)) and "preparation" in rows
    assert "constrained: true" in (tmp_path / "b/runs/davis-greedy_box/config.yaml").read_text()
    assert by_metric(every, f"greedy_box, {cut}", "rooftop")["human time"].unit == ("s/instance")


def test_robots_against_clicks(data: Path, cache: Path, tmp_path: Path) -> None:
    status, said = call(
        "table3", *ROBOT, "dataset=davis", "baseline=[watershed,geodesic]", "baseline.radius=1", "clicks=[1,2]",
        "protocol.max_clicks=2", f"data_root={data}", f"hydra.run.dir={tmp_path / 'run'}", cache=cache,
    )  # fmt: skip
    assert status == 0, said
    rows = read_comparison(tmp_path / "run" / "table3.csv")
    methods = {row.method for row in rows if row.value is not None}
    assert methods == {"greedy_box"} | {
        f"{m} ({k} clicks)" for m in ("watershed", "geodesic") for k in (1, 2)
    }
    assert by_metric(rows, "watershed (2 clicks)")["human time"].value == pytest.approx(3.3)
    assert by_metric(rows, "greedy_box")["mean IoU"].published == 0.8453
    assert (
        "baseline fbrs: weights.fbrs=<file>" in said
        and "radius: 1" in (tmp_path / "run/runs/davis-watershed/config.yaml").read_text()
    )


def test_clicks_beyond_the_budget_are_an_error(data: Path, cache: Path, tmp_path: Path) -> None:
    status, said = call(
        "table3", *ROBOT, "dataset=davis", "baseline=watershed", "clicks=[9]", "protocol.max_clicks=2",
        f"data_root={data}", f"hydra.run.dir={tmp_path / 'run'}", cache=cache,
    )  # fmt: skip
    assert status == 1 and "IoU after 9 clicks is not known" in said and "Traceback" not in said


def test_street_scenes(data: Path, cache: Path, tmp_path: Path) -> None:
    status, said = call(
        "cityscapes", *ROBOT, "dataset=[cityscapes,camvid]", f"data_root={data}",
        f"hydra.run.dir={tmp_path / 'run'}", cache=cache,
    )  # fmt: skip
    assert status == 0, said
    rows = read_comparison(tmp_path / "run" / "cityscapes.csv")
    street = by_metric(rows, "greedy_box", "cityscapes")
    hours, faster = street["time, human + waiting"], street["times faster than polygons"]
    assert hours.value is not None and faster.value is not None and hours.images is not None
    assert faster.value == pytest.approx(1.5 * hours.images / hours.value)
    assert faster.published == pytest.approx(5400 * 98 / 7080)
    assert street["pixel agreement"].published == 0.915
    assert hours.published is None  # the published total is of 98 images
    assert "times faster than polygons" not in by_metric(rows, "greedy_box", "camvid")


def test_effort(data: Path, cache: Path, tmp_path: Path) -> None:
    options = (*ROBOT, "baseline=[watershed]", "protocol.max_clicks=3", f"data_root={data}")
    status, said = call(
        "effort",
        *options,
        "dataset=[davis,icoseg]",
        "until=5",
        f"hydra.run.dir={tmp_path / 'run'}",
        cache=cache,
    )
    assert status == 0, said
    rows = read_comparison(tmp_path / "run" / "effort.csv")
    area = by_metric(rows, "watershed")["area to 5 s"]
    difference = by_metric(rows, "watershed")["greedy_box − watershed: area to 5 s"]
    robot = by_metric(rows, "greedy_box")["area to 5 s"]
    assert difference.value == pytest.approx((robot.value or 0) - (area.value or 0), abs=1e-6)
    assert {"seconds to 0.85", "seconds to 0.9", "quality at 6 s"} <= by_metric(rows, "watershed").keys()
    assert by_metric(rows, "watershed, concave hull")["area to 5 s"].value >= (area.value or 1)
    slower = by_metric(rows, "watershed, 0.5 s to check an image")["quality at 3 s"].value or 1
    assert slower < (by_metric(rows, "watershed")["quality at 3 s"].value or 0)
    published = [row for row in rows if row.value is None and row.metric == "quality at 6 s"]
    assert published[0].method == "Inter2Former, 5 clicks" and published[0].published == 0.92
    assert [row.published for row in published] == sorted((row.published for row in published), reverse=True)
    assert (tmp_path / "run" / "effort-davis.svg").read_text().startswith("<?xml")
    assert (tmp_path / "run" / "effort-davis.png").stat().st_size > 5000
    assert "davis,watershed,0.0," in (tmp_path / "run" / "effort_curves.csv").read_text()
    assert "dataset icoseg" in (tmp_path / "run" / "effort.md").read_text()


def test_seeds_of_one_method_are_drawn_together_with_groups(data: Path, cache: Path, tmp_path: Path) -> None:
    options = (
        *ROBOT,
        "protocol.max_clicks=2",
        f"data_root={data}",
        "dataset=davis",
        "until=5",
        "budgets=[3]",
    )
    first = tmp_path / "first"
    status, said = call(
        "effort", *options, "baseline=watershed", "seeds=[0,1]", f"hydra.run.dir={first}", cache=cache
    )
    assert status == 0, said
    folders = sorted(path.name for path in (first / "runs").iterdir())
    assert folders == [
        "davis-greedy_box-0",
        "davis-greedy_box-1",
        "davis-watershed",
    ]  # the centre robot draws nothing
    rows = read_comparison(first / "effort.csv")
    over = {
        row.method: row.interval_over
        for row in rows
        if row.metric == "quality at 3 s" and row.value is not None
    }
    assert over["greedy_box (2 seeds)"] == "groups and seeds" and over["watershed"] == "groups"
    paired = by_metric(rows, "watershed")["greedy_box (2 seeds) − watershed: quality at 3 s"]
    assert paired.interval_over == "groups and seeds" and paired.note == "paired over groups"
    # the same from run directories, whatever their order
    runs = ",".join(str(first / "runs" / name) for name in reversed(folders))
    status, said = call(
        "effort", *options, "robot=[]", "baseline=[]", f"runs=[{runs}]", f"hydra.run.dir={tmp_path / 'second'}",
        cache=cache,
    )  # fmt: skip
    assert status == 0, said
    again = by_metric(read_comparison(tmp_path / "second" / "effort.csv"), "greedy_box (2 seeds)")
    assert again["quality at 3 s"].value == by_metric(rows, "greedy_box (2 seeds)")["quality at 3 s"].value
    twice = f"runs=[{first / 'runs' / folders[0]},{first / 'runs' / folders[0]}]"
    status, said = call(
        "effort",
        *options,
        "robot=[]",
        "baseline=[]",
        twice,
        f"hydra.run.dir={tmp_path / 'third'}",
        cache=cache,
    )
    assert status == 1 and "same settings and seed 0" in said


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("protocol", "has protocol_version"),
        ("half", "summary.json is missing"),
        ("column", "column agreement is missing"),
        ("images", "images of davis"),
        ("dataset", "is of rooftop, this table of davis"),
    ],
)
def test_runs_that_do_not_belong_are_named(
    table2: tuple[Path, str], data: Path, cache: Path, tmp_path: Path, damage: str, message: str
) -> None:
    other = tmp_path / "other"
    source = table2[0] / "runs" / ("rooftop" if damage == "dataset" else "davis")
    shutil.copytree(source, other)
    if damage == "protocol":
        for name in ("summary.json", "provenance.json"):
            values = json.loads((other / name).read_text())
            (other / name).write_text(json.dumps({**values, "protocol_version": "0"}))
    elif damage == "half":
        (other / "summary.json").unlink()
    elif damage == "column":
        text = (other / "results.csv").read_text()
        (other / "results.csv").write_text(text.replace("agreement", "consent", 1))
    elif damage == "images":
        lines = (other / "results.csv").read_text().splitlines(keepends=True)
        (other / "results.csv").write_text("".join(lines[:-1]))
        values = json.loads((other / "summary.json").read_text())
        (other / "summary.json").write_text(json.dumps({**values, "images": values["images"] - 1}))
    status, said = call(
        "table2", "edges=gradient", "hierarchy=volume", "hierarchy.threshold=30", "dataset=davis", f"data_root={data}",
        f"runs=[{other}]", f"hydra.run.dir={tmp_path / 'run'}", cache=cache,
    )  # fmt: skip
    assert status == 1
    assert (message in said and str(other.name) in said) or (damage == "dataset" and message in said)
    assert "Traceback" not in said
    assert not (tmp_path / "run" / "table2.csv").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["dataset=[camvid]"], "this table is of foreground sets"),
        (["dataset=[davis,davis]"], "name each dataset once"),
        (["experiment=davis"], "experiment= chooses a dataset"),
        (["dataset=[davis]", "data_root=nowhere"], "no folder DAVIS below data_root"),
        (["runs=somewhere"], "runs=somewhere: a list of texts is needed"),
    ],
    ids=lambda v: v[0] if isinstance(v, list) else "",
)
def test_bad_options_are_named(
    data: Path, cache: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    status, said = call(
        "table2", "edges=gradient", *([] if "data_root=nowhere" in options else [f"data_root={data}"]), *options,
        f"hydra.run.dir={tmp_path / 'run'}", cache=cache,
    )  # fmt: skip
    assert status == 1 and message in said, said
    assert "Traceback" not in said


def test_what_the_cache_saves_is_measured(data: Path, cache: Path, tmp_path: Path) -> None:
    perfect = [option for option in ROBOT if option != "edges=gradient"]
    status, said = call(
        "rerun", *perfect, "dataset=davis", f"data_root={data}", "change='robot.min_rate=0.01'",
        f"hydra.run.dir={tmp_path / 'run'}", cache=cache,
    )  # fmt: skip
    assert status == 0, said
    record = json.loads((tmp_path / "run" / "rerun.json").read_text())
    assert record["first"]["computed"] == {"edges": 6, "hierarchy": 6, "features": 6}
    assert record["again"]["computed"] == {"edges": 0, "hierarchy": 0, "features": 0}
    assert record["ratio"] == pytest.approx(
        record["first"]["cpu_seconds"] / record["again"]["cpu_seconds"], abs=0.01
    )
    assert "min_rate: 0.01" in (tmp_path / "run" / "again" / "config.yaml").read_text()
