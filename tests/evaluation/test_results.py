"""Results survive the round trip, a broken file is named with its column, a full disk leaves no half."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError, ResultsError
from fsannot.evaluation.results import (
    ResultRow,
    Summary,
    check_protocol,
    read_results,
    read_summary,
    write_results,
    write_summary,
)
from fsannot.evaluation.summary import summarize

HEADER = "method,dataset,group,image,instance,iou,agreement,human_seconds,waiting_seconds,actions,seed"
ROW = ResultRow("greedy_box", "davis", "bear", "bear/00000", None, 0.5, None, 3.25, 0.125, 4, 0)
SUMMARY = Summary(
    method="greedy_box",
    dataset="davis",
    seed=0,
    images=2,
    actions=9,
    segments=40,
    human_seconds_per_image=3.5,
    waiting_seconds_per_image=0.1,
    iou_mean=0.75,
    iou_median=0.8,
    iou_bound=0.9,
    iou_mean_ci=(0.7, 0.8),
)


def test_columns_are_those_of_the_format(tmp_path: Path) -> None:
    write_results(tmp_path / "results.csv", [ROW])
    assert (tmp_path / "results.csv").read_text() == (
        HEADER + "\ngreedy_box,davis,bear,bear/00000,,0.5,,3.25,0.125,4,0\n"
    )


fractions = st.none() | st.floats(0, 1)
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), min_size=1)
rows = st.builds(
    ResultRow,
    method=names,
    dataset=names,
    group=names,
    image=names,
    instance=st.none() | st.integers(1, 9),
    iou=fractions,
    agreement=fractions,
    human_seconds=st.none() | st.floats(0, 1e6),
    waiting_seconds=st.none() | st.floats(0, 1e6),
    actions=st.none() | st.integers(0, 99) | st.floats(0.25, 99),
    seed=st.integers(0, 2**31),
)


@settings(deadline=None)  # every row is synced to a disk that may be busy
@given(st.lists(rows, min_size=1, max_size=5))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, written: list[ResultRow]) -> None:
    path = tmp_path_factory.mktemp("rows") / "results.csv"
    write_results(path, written)
    assert read_results(path) == written


def test_identical_runs_give_identical_bytes_from_numpy_scalars(tmp_path: Path) -> None:
    value = 0.1 + 0.2
    for name, kind in (("a", float), ("b", np.float64)):
        write_results(tmp_path / name, [replace(ROW, iou=kind(value), actions=np.int64(4))])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert "0.30000000000000004" in (tmp_path / "a").read_text()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HEADER.replace(",iou", "") + "\n", "column iou is missing"),
        (HEADER + ",mood\n", "column mood is not known"),
        (HEADER + "\na,b,c,d,,0.5,,1.0,1.0,4,0", "half written"),
        (HEADER + "\na,b,c,d,,0.5\n", "line 2 is half written.*from agreement on"),
        (HEADER + "\na,b,c,d,,high,,1.0,1.0,4,0\n", "line 2, column iou is 'high'"),
        (HEADER + "\na,b,c,d,,nan,,1.0,1.0,4,0\n", "line 2, column iou is 'nan'"),
        (HEADER + "\na,b,c,d,,1.5,,1.0,1.0,4,0\n", "column iou is 1.5"),
        (HEADER + "\na,b,c,d,1.5,0.5,,1.0,1.0,4,0\n", "line 2, column instance is '1.5'.*whole number"),
        (HEADER + "\na,b,c,d,,0.5,,1.0,1.0,4,\n", "line 2, column seed is empty"),
        (HEADER + "\na,b,c,d,,0.5,,-1.0,1.0,4,0\n", "column human_seconds is -1.0"),
        (HEADER + "\n", "holds no row"),
        ("", "column method"),
    ],
)
def test_a_broken_file_is_named_with_its_column(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "results.csv"
    path.write_text(text)
    with pytest.raises(ResultsError, match=named) as caught:
        read_results(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"nowhere\.csv: missing"):
        read_results(tmp_path / "nowhere.csv")


def test_a_value_out_of_range_is_refused_before_it_is_written() -> None:
    with pytest.raises(InputError, match=r"column iou is 1.5.*\[0, 1\]"):
        replace(ROW, iou=1.5)


def test_summary_round_trip_leaves_out_what_does_not_apply(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    write_summary(path, SUMMARY)
    assert read_summary(path) == SUMMARY
    keys = json.loads(path.read_text())
    assert keys["iou_bound"] == 0.9
    assert "agreement" not in keys


SEMANTIC = replace(
    SUMMARY,
    iou_mean=None,
    iou_mean_ci=None,
    iou_median=None,
    iou_median_ci=None,
    iou_bound=None,
    agreement=0.9,
    miou=0.5,
    miou_ci=(0.4, 0.6),
    iou_per_class={"sky": 0.5, "bus": None},
    iou_per_class_ci={"sky": (0.4, 0.6), "bus": None},
)


def test_ious_of_classes_round_trip_and_older_files_without_them_are_read(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    write_summary(path, SEMANTIC)
    assert read_summary(path) == SEMANTIC
    values = json.loads(path.read_text())
    assert values["iou_per_class"] == {"sky": 0.5, "bus": None}  # an absent class is named, and has no value
    path.write_text(json.dumps({k: v for k, v in values.items() if "miou" not in k and "class" not in k}))
    older = read_summary(path)
    assert older.agreement == 0.9 and older.miou is None and older.iou_per_class is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"iou_per_class": [0.5]}, "key iou_per_class is"),
        ({"iou_per_class": {"sky": "high"}}, "key iou_per_class is"),
        ({"iou_per_class": {"sky": 2.0}}, "iou_per_class of sky is 2.0"),
        ({"iou_per_class_ci": {"sky": [0.1]}}, "key iou_per_class_ci is"),
        ({"images": None}, "key images is missing"),
        ({"protocol_version": None}, "key protocol_version is missing"),
        ({"iou_mean": "0.7"}, "key iou_mean is '0.7'"),
        ({"iou_mean_ci": [0.7]}, "key iou_mean_ci is"),
        ({"mood": 1}, "key 'mood' is not known"),
        ({"iou_mean": 7}, "iou_mean is 7"),
    ],
)
def test_a_broken_summary_is_named_with_its_key(tmp_path: Path, change: dict, named: str) -> None:
    path = tmp_path / "summary.json"
    write_summary(path, SUMMARY)
    values = json.loads(path.read_text()) | change
    path.write_text(json.dumps({key: value for key, value in values.items() if value is not None}))
    with pytest.raises(ResultsError, match=named) as caught:
        read_summary(path)
    assert str(path) in str(caught.value)


def test_half_a_summary_is_named(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    write_summary(path, SUMMARY)
    path.write_text(path.read_text()[:40])
    with pytest.raises(ResultsError, match="half written"):
        read_summary(path)


def test_what_cannot_be_compared_is_not_put_in_one_table() -> None:
    names = ["runs/a", "runs/b"]
    check_protocol([SUMMARY, replace(SUMMARY, dataset="camvid")], names)
    with pytest.raises(ResultsError, match=r"runs/b has protocol_version '0', runs/a has"):
        check_protocol([SUMMARY, replace(SUMMARY, protocol_version="0")], names)


FILL = """
import resource, sys
from fsannot.data.errors import ResultsError
from fsannot.evaluation.rows import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomically(sys.argv[1], b"x" * 5000)
except ResultsError as error:
    print(error)
"""


def test_no_space_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("old")
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "no space left for 5000 bytes" in done.stdout
    assert str(path) in done.stdout
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["results.csv"]


def test_a_summary_worked_out_by_hand() -> None:
    rows = [
        replace(ROW, image="a", instance=1, iou=0.2, human_seconds=1.0, waiting_seconds=0.5, actions=1),
        replace(ROW, image="a", instance=2, iou=0.6, human_seconds=2.0, waiting_seconds=0.5, actions=2),
        replace(ROW, image="b", instance=1, iou=1.0, human_seconds=5.0, waiting_seconds=2.0, actions=4),
    ]
    summary = summarize(rows, segments=12, iou_bound=0.95)
    assert summary.iou_mean == pytest.approx(0.6)
    assert summary.iou_median == 0.6
    assert summary.images == 2
    assert summary.actions == 7
    assert summary.human_seconds_per_image == 4.0  # (1 + 2 + 5) / 2 images
    assert summary.waiting_seconds_per_image == 1.5
    assert summary.agreement is None
    # whole images are drawn: a twice (0.4), b twice (1.0), or both (0.6)
    assert summary.iou_mean_ci == pytest.approx((0.4, 1.0))


def test_frames_of_one_group_are_drawn_together() -> None:
    rows = [
        replace(ROW, group="goat", image="goat/0", instance=None, iou=0.2, human_seconds=1.0),
        replace(ROW, group="goat", image="goat/1", instance=None, iou=0.4, human_seconds=3.0),
        replace(ROW, group="cows", image="cows/0", instance=None, iou=0.9, human_seconds=8.0),
    ]
    summary = summarize(rows, segments=12, iou_bound=0.95)
    assert summary.ci_over == "groups"
    # goat twice (0.3), cows twice (0.9), or both (0.5)
    assert summary.iou_mean == pytest.approx(0.5) and summary.iou_mean_ci == pytest.approx((0.3, 0.9))
    assert summary.human_seconds_per_image_ci == pytest.approx((2.0, 8.0))
    one_group = summarize(rows[:2], segments=12, iou_bound=0.95)
    assert one_group.ci_over == "images" and one_group.iou_mean_ci == pytest.approx((0.2, 0.4))


def test_a_column_filled_in_some_rows_is_refused() -> None:
    with pytest.raises(InputError, match="column iou is empty in 1 of 2 rows"):
        summarize([ROW, replace(ROW, image="b", iou=None)])
