"""The page from run directories: what it holds, what it escapes, and which directories it refuses."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fsannot.data.errors import InputError, ResultsError
from fsannot.data.sample import Sample
from fsannot.evaluation.results import ResultRow, read_summary, write_summary
from fsannot.report.overlays import difference, outlines
from fsannot.report.page import write_report
from fsannot.runs.directory import REQUIRED, read_run
from fsannot.runs.gallery import choose_examples, nearest, read_gallery

EVIL = "<script>window.evil = 1</script>&\"'"


def data_of(page: Path) -> Any:
    found = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.DOTALL
    )
    assert found
    return json.loads(found[1])


def test_one_page_of_several_runs_and_datasets(runs: dict[str, Path], tmp_path: Path) -> None:
    page = write_report(list(runs.values()), tmp_path / "report.html")
    data, text = data_of(page), page.read_text()
    assert [run["name"] for run in data["runs"]] == ["greedy_box", "seeded_watershed", "greedy_box"]
    assert [chart["runs"] for chart in data["charts"]] == [[0, 1], [2]]  # a chart and a table per dataset
    assert text.count("<table") == 3  # and one of paired differences, of the two over the same images
    summary = read_summary(runs["session"] / "summary.json")
    assert f"{summary.iou_mean:.3f}" in text
    assert "Partition’s bound" in text
    assert "rooftop</b>: its folder is absent" in text
    assert "seeded_watershed, projection</b>" in text
    # the click run stored no examples of its own, and is shown on those of the session
    rows = data["galleries"][0]["rows"]
    assert {row["kind"] for row in rows} == {"best", "worst"}
    assert all([result["run"] for result in row["results"]] == [0, 1] for row in rows)


def test_a_column_has_one_kind_of_interval(fresh_run: Callable[[], Path], tmp_path: Path) -> None:
    run = fresh_run()
    today = read_summary(run / "summary.json")
    assert today.ci_over is not None and today.iou_mean_ci is not None
    # a run of version 0.1, whose interval drew single images
    write_summary(run / "summary.json", replace(today, iou_mean_ci=(0.1, 0.2), ci_over=None))
    text = write_report([run], tmp_path / "report.html").read_text()
    assert f"intervals 95 % over {today.ci_over}" in text and "0.100–0.200" not in text
    assert f"{today.iou_mean_ci[0]:.3f}–{today.iou_mean_ci[1]:.3f}" in text


def test_the_page_asks_for_nothing(runs: dict[str, Path], tmp_path: Path) -> None:
    asked: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            asked.extend(value or "" for key, value in attrs if key in ("src", "href", "srcset", "action"))

    Links().feed(write_report([runs["session"]], tmp_path / "report.html").read_text())
    assert all(url.startswith(("#", "data:")) for url in asked)


def test_the_same_runs_give_the_same_page(runs: dict[str, Path], tmp_path: Path) -> None:
    pages = [write_report(list(runs.values()), tmp_path / name).read_bytes() for name in ("a.html", "b.html")]
    assert pages[0] == pages[1]


def test_layouts_that_do_not_change_are_sent_once(runs: dict[str, Path], tmp_path: Path) -> None:
    session = data_of(write_report([runs["session"]], tmp_path / "report.html"))["runs"][0]["session"]
    assert len(session["layoutOf"]) == len(session["steps"]) > 5
    assert max(session["layoutOf"]) == 2  # half the images, all of them, after the re-projection


def test_all_text_is_escaped(fresh_run: Callable[[], Path], samples: list[Sample], tmp_path: Path) -> None:
    run = fresh_run()
    for path in (run / "results.csv", run / "summary.json"):
        path.write_text(path.read_text().replace("greedy_box", "<script>alert(1)"))
    (run / "config.yaml").write_text(f"note: {EVIL}\n")
    (run / "provenance.json").write_text(json.dumps({EVIL: EVIL, "skipped": [{"what": EVIL, "why": EVIL}]}))
    gallery = json.loads((run / "figures/gallery.json").read_text())
    (run / "figures/gallery.json").write_text(json.dumps(gallery | {"classes": [EVIL, "</script>"]}))
    text = write_report([run], tmp_path / "report.html", title=EVIL).read_text()
    assert "<script>window" not in text
    assert "<script>alert" not in text
    assert text.count("<script") == 2
    assert text.count("</script") == 2
    assert data_of(tmp_path / "report.html")["galleries"][0]["rows"][0]["classes"] == [EVIL, "</script>"]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_half_written_run_is_named(fresh_run: Callable[[], Path], tmp_path: Path, name: str) -> None:
    run = fresh_run()
    (run / name).unlink()
    with pytest.raises(ResultsError, match=f"half written, {re.escape(name)} is missing") as caught:
        write_report([run], tmp_path / "report.html")
    assert str(run) in str(caught.value)
    assert not (tmp_path / "report.html").exists()


def test_rows_that_are_missing_are_noticed(fresh_run: Callable[[], Path]) -> None:
    run = fresh_run()
    lines = (run / "results.csv").read_text().splitlines(keepends=True)
    (run / "results.csv").write_text("".join(lines[:-1]))
    with pytest.raises(ResultsError, match=r"it has 2 images and summary\.json 3"):
        read_run(run)


def test_a_missing_column_is_named(fresh_run: Callable[[], Path]) -> None:
    run = fresh_run()
    (run / "results.csv").write_text((run / "results.csv").read_text().replace("human_seconds,", "", 1))
    with pytest.raises(ResultsError, match=r"results\.csv: column human_seconds is missing"):
        read_run(run)


def test_another_protocol_version_is_refused(
    runs: dict[str, Path], fresh_run: Callable[[], Path], tmp_path: Path
) -> None:
    run = fresh_run()
    write_summary(run / "summary.json", replace(read_summary(run / "summary.json"), protocol_version="0"))
    with pytest.raises(ResultsError, match=r"provenance\.json: key protocol_version is '3'"):
        read_run(run)
    (run / "provenance.json").write_text("{}")
    with pytest.raises(ResultsError, match="protocol_version '0'"):
        write_report([runs["session"], run], tmp_path / "report.html")


def test_a_run_of_two_datasets_is_refused(fresh_run: Callable[[], Path]) -> None:
    run = fresh_run()
    text = (run / "results.csv").read_text()
    (run / "results.csv").write_text(text.replace(",discs,", ",davis,", 1))
    with pytest.raises(ResultsError, match=r"column dataset holds \['davis', 'discs'\]"):
        read_run(run)


def test_a_missing_mask_of_an_example_is_named(fresh_run: Callable[[], Path], tmp_path: Path) -> None:
    run = fresh_run()
    (run / "masks/group/00000.png").unlink()
    with pytest.raises(ResultsError, match=r"masks/group/00000\.png: missing"):
        write_report([run], tmp_path / "report.html")


def test_no_run_and_no_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="runs is empty"):
        write_report([], tmp_path / "report.html")
    with pytest.raises(ResultsError, match="no such run directory"):
        write_report([tmp_path / "nowhere"], tmp_path / "report.html")


def row(image: str, iou: float, instance: int | None = None) -> ResultRow:
    return ResultRow("m", "d", "g", image, instance, iou, None, 1.0, 1.0, 1, 0)


def test_examples_are_the_extremes_and_none_twice() -> None:
    rows = [row("a", 0.1), row("b", 0.9), row("c", 0.5), row("d", 0.7), row("e", 0.3, 1), row("e", 0.4, 2)]
    assert choose_examples(rows, 2) == {"b": "best", "d": "best", "e": "worst", "a": "worst"}
    assert choose_examples(rows, 9) == {"b": "best", "d": "best", "c": "best", "e": "worst", "a": "worst"}
    assert choose_examples(rows[:1]) == {"a": "best"}


def test_gallery_keeps_its_images_small_and_its_values_whole(runs: dict[str, Path]) -> None:
    examples = read_gallery(runs["semantic"])
    assert len(examples) == 6
    for example in examples:
        assert example.target.shape[1] <= 480
        assert set(np.unique(example.target)) <= {-1, 0, 1, 2, 3, 4}
    np.testing.assert_array_equal(nearest(np.array([[1, -1], [7, 3]]), (4, 4))[::2, ::2], [[1, -1], [7, 3]])


def pixels(png: bytes) -> np.ndarray:
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).astype(int)


def test_difference_shows_surplus_missed_and_ignored() -> None:
    target = np.array([[0, 0, 1, 1, -1]] * 3, np.int32)
    labels = np.array([[0, 1, 1, 0, 1]] * 3, np.int32)
    shown = pixels(difference(labels, target, 2))[1]
    assert shown[0, 3] == shown[2, 3] == 0  # right: nothing is drawn
    assert tuple(shown[1, :3]) == (213, 94, 0)
    assert tuple(shown[3, :3]) == (0, 114, 178)
    assert tuple(shown[4, :3]) == (120, 125, 135)


def test_outlines_leave_the_rest_clear() -> None:
    labels = np.zeros((30, 30), np.int32)
    labels[10:20, 10:20] = 1
    shown = pixels(outlines(labels, 2))
    assert shown[2, 2, 3] == 0
    assert 0 < shown[15, 15, 3] < 255
    assert shown[10, 15, 3] == 255
    semantic = pixels(outlines(np.where(labels == 1, 4, -1), 5))
    assert semantic[2, 2, 3] == 0
    assert semantic[15, 15, 3] > 0
