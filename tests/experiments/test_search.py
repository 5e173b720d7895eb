"""Searches through the main program: they go on where they stopped, and end in a configuration that runs."""

from __future__ import annotations

import csv
from pathlib import Path

import optuna
import pytest

from fsannot.data.errors import InputError
from fsannot.evaluation.results import read_summary
from fsannot.studies.search import (
    THRESHOLDS,
    Pruned,
    PruningLogger,
    study_storage,
    suggest_threshold,
    trials_left,
)
from fsannot.studies.search_binding import bind_study
from fsannot.studies.search_page import write_study_page
from fsannot.studies.search_results import read_study
from tests.experiments.command_line import CHEAP, call

SETTINGS = (
    "robot=greedy_box", *[o for o in CHEAP if "hierarchy" not in o],
    "dataset.images=3", "dataset.size=[96,128]",
)  # fmt: skip


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search of two trials that was asked for four later."""
    folder = tmp_path_factory.mktemp("search") / "study"
    cache = folder.parent / "cache"
    for trials in (2, 4):
        status, said = call(
            "annotate", "-m", "search=hierarchy", *SETTINGS, "hierarchy=choice(volume,area)",
            "hierarchy.threshold=tag(log,interval(5.0,25.0))", "repeats=2",
            f"trials={trials}", f"hydra.sweep.dir={folder}",
            cache=cache,
        )  # fmt: skip
        assert status == 0, said
    return folder


def test_it_goes_on_and_draws_nothing_twice(search: Path) -> None:
    study = read_study(search)
    assert study.name == "hierarchy" and len(study.trials) == 4
    assert len({trial.params["hierarchy.threshold"] for trial in study.trials}) == 4
    for trial in study.trials:
        assert trial.quality is not None and trial.human_seconds_per_image is not None
        assert trial.objective == pytest.approx(trial.quality - 0.005 * trial.human_seconds_per_image)
        assert (search / trial.folder / "metrics.csv").read_text().startswith("step,")
        assert (search / trial.folder / "report.html").is_file()
        sessions = [search / trial.folder, search / trial.folder / "seed-1"]
        qualities = [read_summary(folder / "summary.json").iou_mean for folder in sessions]
        assert trial.quality == pytest.approx(sum(q for q in qualities if q is not None) / 2)


def test_its_report_and_its_best_configuration_run(search: Path) -> None:
    cache = search.parent / "cache"
    status, said = call("search_report", f"study={search}", cache=cache)
    assert status == 0, said
    page = (search / "search.html").read_text()
    assert page.count("<polyline") == 4 and "hierarchy.threshold" in page and "http://" not in page
    with (search / "trials.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == 4
    best = read_study(search).best
    status, said = call(
        "annotate", "--config-dir", str(search), "--config-name", "best", f"hydra.run.dir={search.parent / 'best'}",
        cache=cache,
    )  # fmt: skip
    assert status == 0, said
    config = (search.parent / "best" / "config.yaml").read_text()
    assert f"criterion: {best.params['hierarchy']}" in config
    assert f"threshold: {best.params['hierarchy.threshold']}" in config and "images: 3" in config
    first = read_summary(search / best.folder / "summary.json")  # the same seed, and one session
    assert f"{first.iou_mean:.4f}" in said


@pytest.mark.parametrize(
    ("changed", "said_of_it"),
    [
        (("dataset.images=4",), ["dataset.images: 3 before, 4 now", "dataset images: "]),
        (
            ("seed=1", "price_per_second=0.01"),
            ["seed: 0 before, 1 now", "price_per_second: 0.005 before, 0.01 now"],
        ),
        (("robot=random",), ["robot: fsannot", "GreedyBox", "before, fsannot", "Random"]),
        (("hierarchy=choice(volume,dynamics)",), ["hierarchy: searched in choice(volume,area) before"]),
        (("hierarchy=volume",), ["hierarchy: searched in choice(volume,area) before"]),
    ],
)
def test_trials_of_other_settings_do_not_join(
    search: Path, changed: tuple[str, ...], said_of_it: list[str]
) -> None:
    keys = {override.split("=")[0] for override in changed}
    given = ("hierarchy=choice(volume,area)", "hierarchy.threshold=tag(log,interval(5.0,25.0))", "repeats=2")
    kept = [override for override in (*SETTINGS, *given) if override.split("=")[0] not in keys]
    status, said = call(
        "annotate", "-m", "search=hierarchy", *kept, *changed, "trials=5", f"hydra.sweep.dir={search}",
        cache=search.parent / "cache",
    )  # fmt: skip
    assert status == 1
    for part in (*said_of_it, "4 finished trials have other settings", "hydra.sweeper.study_name="):
        assert part in said
    assert len(read_study(search).trials) == 4 and read_study(search).unfinished == 0


def test_what_has_no_influence_may_change(search: Path) -> None:
    status, said = call(
        "annotate", "-m", "search=hierarchy", *SETTINGS, "hierarchy=choice(volume,area)",
        "hierarchy.threshold=tag(log,interval(4.0,30.0))", "repeats=2", "workers=2", "batch_size=2", "device=auto",
        "logger=csv", "trials=4", f"hydra.sweep.dir={search}",
        cache=search.parent / "another_cache",
    )  # fmt: skip
    assert status == 0, said


def test_a_search_without_a_name_says_so(tmp_path: Path) -> None:
    status, said = call("annotate", "-m", "search=study", "seed=choice(1,2)", cache=tmp_path / "cache")
    assert status == 1 and "the search has no name" in said


def test_a_study_that_does_not_say_its_settings_is_refused(tmp_path: Path) -> None:
    study_of([0.5], tmp_path)
    with pytest.raises(InputError, match="does not say with which settings"):
        bind_study(study_storage(str(tmp_path)), "s", {"seed": 0})


def test_importance_of_a_conditional_parameter(tmp_path: Path) -> None:
    study, searched = study_of([], tmp_path), ["dynamics", "volume", "area"]
    for _ in range(15):
        trial = study.ask()
        criterion = trial.suggest_categorical("hierarchy", searched)
        trial.suggest_float("projection.min_dist", 0.0, 1.0)
        suggest_threshold(None, trial)
        threshold = trial.params["hierarchy.threshold"]
        if criterion == "volume":
            trial.suggest_float("only.here", 0.0, 1.0)
        study.tell(trial, threshold / 3000)
    found = read_study(tmp_path)
    assert set(found.importance) == {"hierarchy", "projection.min_dist"}
    by = {(c.parameter, c.where): c for c in found.conditional}
    here = by["only.here", "where hierarchy=volume"]
    count = sum(trial.params["hierarchy"] == "volume" for trial in found.trials)
    assert here.trials == count
    page = write_study_page(found, tmp_path / "search.html").read_text()
    assert (
        "only.here <span class='where'>where hierarchy=volume</span>" in page and f", {count} trial" in page
    )


def test_each_criterion_is_searched_on_its_own_scale(tmp_path: Path) -> None:
    study, searched = study_of([], tmp_path), ["dynamics", "volume", "area"]
    for _ in range(15):
        trial = study.ask()
        criterion = trial.suggest_categorical("hierarchy", searched)
        suggest_threshold(None, trial)
        threshold = trial.params["hierarchy.threshold"]
        assert THRESHOLDS[criterion][0] <= threshold <= THRESHOLDS[criterion][1]
        study.tell(trial, searched.index(criterion) + 0.1 * threshold / THRESHOLDS[criterion][1])
    found = read_study(tmp_path)
    assert len(found.trials) == 15 and "hierarchy" in found.importance
    counts = {c.where: c.trials for c in found.conditional}  # volume and area have the same range
    fine = sum(trial.params["hierarchy"] == "dynamics" for trial in found.trials)
    assert counts == {"where hierarchy=dynamics": fine, "in 30 to 3000": 15 - fine}
    assert {t.params["hierarchy"] for t in found.trials} == set(searched)
    given = study.ask()
    given.suggest_float("hierarchy.threshold", 5.0, 5.0, log=True)
    suggest_threshold(None, given)
    assert given.params["hierarchy.threshold"] == 5.0
    unknown = optuna.create_study().ask()
    unknown.suggest_categorical("hierarchy", ["count"])
    with pytest.raises(InputError, match="hierarchy=count"):
        suggest_threshold(None, unknown)


def study_of(values: list[float], folder: Path) -> optuna.Study:
    study = optuna.create_study(
        study_name="s", storage=study_storage(str(folder)), direction="maximize", load_if_exists=True
    )
    for value in values:
        trial = study.ask({"x": optuna.distributions.UniformDistribution(0.0, 1.0)})
        for second in range(1, 6):
            trial.report(value, second)
        study.tell(trial, value)
    return study


def test_a_job_below_the_median_is_stopped_and_a_better_one_is_not(tmp_path: Path) -> None:
    study = study_of([0.5, 0.6, 0.7], tmp_path)
    for quality, stopped in ((0.4, True), (0.9, False)):
        trial = study.ask({"x": optuna.distributions.UniformDistribution(0.0, 1.0)})
        logger = PruningLogger(
            study_storage(str(tmp_path)),
            "s",
            [f"x={trial.params['x']}", "seed=0"],
            price=0.01,
            startup=3,
            warmup=2,
        )
        logger.begin(tmp_path, {}, "job")
        point = {"iou": quality, "waiting_seconds_per_image": 0.0}
        logger.log(1, {**point, "human_seconds_per_image": 1.5})  # within the warm-up
        if stopped:
            with pytest.raises(Pruned) as caught:
                logger.log(2, {**point, "human_seconds_per_image": 3.5})
            assert caught.value.value == pytest.approx(quality - 0.035)
        else:
            logger.log(2, {**point, "human_seconds_per_image": 3.5})
        study.tell(trial, quality)
    stored = optuna.load_study(study_name="s", storage=study_storage(str(tmp_path))).trials
    marks = [trial.user_attrs.get("pruned", False) for trial in stored]
    assert marks == [False] * 3 + [True, False]


def test_only_finished_trials_count(tmp_path: Path) -> None:
    storage = study_storage(str(tmp_path))
    assert trials_left(storage, "s", 5) == 5
    study_of([0.1, 0.2], tmp_path).ask()
    assert trials_left(storage, "s", 5) == 3
    assert trials_left(storage, "s", 1) == 0
    with pytest.raises(InputError, match="trials=0"):
        trials_left(storage, "s", 0)


def test_the_logger_outside_a_search_says_so(tmp_path: Path) -> None:
    logger = PruningLogger(study_storage(str(tmp_path)), "s", [], price=0.0)
    with pytest.raises(InputError, match="there is no study 's'"):
        logger.begin(tmp_path, {}, "job")


@pytest.mark.parametrize("given", ["", "study=nowhere"])
def test_a_report_of_nothing_is_a_sentence(tmp_path: Path, given: str) -> None:
    status, said = call("search_report", *([given] if given else []), cache=tmp_path / "cache")
    assert status == 1 and ("study is not set" in said or "study.db: missing" in said)
