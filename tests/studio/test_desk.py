"""What a person did is on the disk before it is shown as done, and comes back at the next start."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fsannot.annotation.trace import read_trace
from fsannot.data.errors import ResultsError
from fsannot.studio.class_names import ClassNames
from fsannot.studio.frames import decode_frame
from fsannot.studio.office import Office
from fsannot.studio.trace_file import TraceFile
from tests.studio.conftest import Page, tiny_studio

ALL = [0, 0, 1600, 1200]


def test_an_answer_says_what_changed_and_the_trace_has_it(page: Page, tmp_path: Path) -> None:
    answer = page.act(action="LabelBox", box=ALL, label=1)
    header, columns = decode_frame(answer.content)
    assert header["changed"] == len(columns["label_rows"]) == header["count"]
    assert set(columns["label_values"].tolist()) == {1}
    assert "points" not in columns
    (step,) = read_trace(tmp_path / "run" / "trace.jsonl")
    assert step.action.to_dict()["box"] == tuple(ALL) and step.changed == header["changed"]


def test_changes_lead_to_the_screen_a_new_page_gets(page: Page) -> None:
    columns = page.load()[1]
    for action in (
        {"action": "LabelBox", "box": [0, 0, 700, 1200], "label": 1},
        {"action": "RefineBox", "box": ALL, "threshold": 20.0},
        {"action": "FocusBox", "box": [0, 0, 1000, 1200]},
        {"action": "Undo"},
        {"action": "Unfocus"},
        {"action": "RequestBatch"},
    ):
        answer = page.act(**action)
        assert answer.status_code == 200, answer.text
        _, new = decode_frame(answer.content)
        if "image" in new:
            for name in ("image", "area"):
                columns[name] = np.concatenate([columns[name], new[name]])
            columns["labels"] = np.concatenate([columns["labels"], new["born_labels"]])
            columns["flags"] = np.concatenate([columns["flags"], np.zeros(len(new["image"]), np.uint8)])
            columns["order"] = new["order"]
        for name in ("labels", "flags"):
            columns[name] = columns[name].copy()
        columns["labels"][new["label_rows"]] = new["label_values"]
        columns["flags"][new["flag_rows"]] = new["flag_values"]
        columns["points"] = new.get("points", columns["points"])
        whole = page.load()[1]
        for name in ("image", "area", "labels", "flags", "order"):
            np.testing.assert_array_equal(columns[name], whole[name], err_msg=f"{name} after {action}")
        shown = (columns["flags"] & 1).astype(bool)
        np.testing.assert_array_equal(columns["points"][shown], whole["points"][shown])


def test_the_next_start_goes_on_where_this_one_was(page: Page, tmp_path: Path) -> None:
    page.act(action="LabelBox", box=[0, 0, 700, 1200], label=1)
    page.post("class", {"version": page.version, "index": None, "name": "cow"})
    page.load()
    page.act(action="LabelRest", label=2)
    page.act(action="Undo")
    labels, header = page.labels(), page.load()[0]
    page.office.close()
    with (tmp_path / "run" / "trace.jsonl").open("a") as stream:
        stream.write('{"version": 2, "step": 4, "acti')  # killed while it wrote
    office = tiny_studio(tmp_path)
    try:
        again = Page(office)
        assert again.labels() == labels
        now = again.load()[0]
        assert now["classes"] == [*header["classes"]] and now["classes"][-1] == "cow"
        assert now["undoable"] == 1 and now["redoable"] == 1
        assert len(list(read_trace(tmp_path / "run" / "trace.jsonl"))) == 3
        assert again.post("redo", {"version": again.version}).status_code == 200
        assert set(again.labels()) == {1, 2}
    finally:
        office.close()


def test_undo_and_redo(page: Page) -> None:
    assert page.act(action="Undo").status_code == 422
    page.act(action="LabelBox", box=[0, 0, 700, 1200], label=1)
    first = page.labels()
    page.act(action="LabelRest", label=0)
    second = page.labels()
    page.act(action="Undo")
    page.act(action="Undo")
    assert set(page.labels()) == {-1}
    for expected in (first, second):
        assert page.post("redo", {"version": page.version}).status_code == 200
        assert page.labels() == expected
    assert page.post("redo", {"version": page.version}).status_code == 422


def test_a_stale_page_is_told_and_changes_nothing(page: Page) -> None:
    other = Page(page.office)
    other.act(action="LabelBox", box=[0, 0, 700, 1200], label=1)
    labels = other.labels()
    assert page.act(action="LabelRest", label=0).status_code == 409
    assert page.labels() == labels


@pytest.mark.parametrize(
    "action",
    [
        {"action": "Stop"}, {"action": "Nothing"}, {}, {"action": "LabelBox", "box": [1, 2, 3], "label": 0},
        {"action": "LabelBox", "box": ALL, "label": 7}, {"action": "LabelBox", "box": ALL, "label": True},
        {"action": "LabelSegment", "segment": 10**6, "label": 0},
        {"action": "LabelSegment", "segment": "0", "label": 0},
        {"action": "Repartition", "image": 0, "criterion": "area", "threshold": -1},
        {"action": "Repartition", "image": 99, "criterion": "area", "threshold": 1},
        {"action": "Split", "segment": 0, "positive": [[0, 0]], "negative": []},
        {"action": "LabelBox", "box": {"x": 1}, "label": 0}, {"action": ["LabelBox"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_refused_action_changes_nothing(page: Page, tmp_path: Path, action: dict[str, object]) -> None:
    before = page.get("api/screen").content
    answer = page.act(**action)
    assert answer.status_code == 422 and answer.json()["error"]
    assert page.get("api/screen").content == before
    assert (tmp_path / "run" / "trace.jsonl").read_bytes() == b""


def test_images_that_are_not_prepared_are_not_waited_for(office: Office, page: Page) -> None:
    office.preparation.prepared = 2
    answer = page.act(action="RequestBatch")
    assert answer.status_code == 422 and "being prepared" in answer.json()["error"]
    office.preparation.prepared = 4
    for _ in range(2):
        assert page.act(action="RequestBatch").status_code == 200
    assert "all images" in page.act(action="RequestBatch").json()["error"]


def test_names_are_text(page: Page, tmp_path: Path) -> None:
    name = '<img src=x onerror="alert(1)">'
    assert page.post("class", {"version": page.version, "index": 1, "name": name}).status_code == 200
    assert page.load()[0]["classes"][1] == name
    assert json.loads((tmp_path / "run" / "classes.json").read_text())[1] == name
    for wrong in ("", "   ", "background", "a\nb", "x" * 90, 3, None):
        answer = page.post("class", {"version": page.version, "index": 1, "name": wrong})
        assert answer.status_code == 422, wrong


def test_one_server_at_a_time(office: Office, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="another studio"):
        TraceFile(tmp_path / "run" / "trace.jsonl")


def test_a_file_that_is_no_list_of_names_is_named(tmp_path: Path) -> None:
    (tmp_path / "classes.json").write_text("{}")
    with pytest.raises(ResultsError, match=r"classes\.json"):
        ClassNames(tmp_path / "classes.json", ("background",))


def test_undo_reaches_as_far_as_the_session_does(page: Page) -> None:
    for _ in range(25):
        page.act(action="LabelSegment", segment=0, label=1)
    undone = 0
    while page.load()[0]["undoable"]:
        assert page.act(action="Undo").status_code == 200
        undone += 1
    assert undone == 20 and page.act(action="Undo").status_code == 422
