"""A person's hand and keyboard in the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fsannot.annotation.trace import read_trace
from fsannot.studio.office import Office
from tests.studio.browser import Hand, hand_at, needs_chromium, served

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture
def hand(office: Office) -> Iterator[Hand]:
    with served(office) as address, hand_at(address) as hand:
        yield hand


def actions(folder: Path) -> list[str]:
    return [type(step.action).__name__ for step in read_trace(folder / "run" / "trace.jsonl")]


def test_a_box_and_a_number_label_what_is_inside(hand: Hand, office: Office, tmp_path: Path) -> None:
    hand.drag((5, 5), (800, 1195))
    assert "press the number" in hand.text("#message")
    selected = int(hand.text("#message").split()[0])
    hand.press("2")
    assert (office.desk.state.labels == 1).sum() == selected > 0
    assert f"{selected} segments are now object" in hand.text("#message")
    assert hand.text("#counts").startswith(f"{selected} of ")
    assert actions(tmp_path)[-1] == "LabelBox"
    hand.press("u")
    assert (office.desk.state.labels == -1).all()
    hand.press("y")
    assert (office.desk.state.labels == 1).sum() == selected


def test_a_thumbnail_opens_its_image_where_clicks_label(hand: Hand, office: Office, tmp_path: Path) -> None:
    row, x, y = hand.tab.evaluate(
        "(p => { const v = [...p.raster.visible]; const i = v.indexOf(Math.max(...v)); return [i, ...p.at(i)]; })"
        "(studio.projection)"
    )
    hand.tab.mouse.dblclick(*hand.at(x, y))
    hand.settle()
    image = int(office.desk.state.table.image[row])
    assert office.desk.session.observe().open_image == image
    hand.press("2")
    picture = hand.tab.locator("#picture").bounding_box()
    assert picture is not None
    hand.tab.mouse.click(picture["x"] + picture["width"] / 2, picture["y"] + picture["height"] / 2)
    hand.settle()
    labelled = np.flatnonzero(office.desk.state.labels == 1)
    assert len(labelled) == 1 and office.desk.state.table.image[labelled[0]] == image
    mask = office.desk.session.mask(image)
    assert mask[mask.shape[0] // 2, mask.shape[1] // 2] == 1
    hand.press("Escape")
    assert office.desk.session.observe().open_image is None
    assert actions(tmp_path)[-1] == "CloseImage"


def test_clicks_split_a_segment_after_a_preview(hand: Hand, office: Office) -> None:
    row = int(office.desk.state.table.area.argmax())
    image = int(office.desk.state.table.image[row])
    hand.tab.evaluate(f"studio.act({{action: 'OpenImage', image: {image}}})")
    hand.settle()
    ys, xs = np.nonzero(office.desk.session.row_map(image) == row)
    first, last = (ys[0], xs[0]), (ys[-1], xs[-1])

    def click(pixel: tuple[int, int], button: str) -> None:
        hand.tab.mouse.click(*_in_picture(hand, pixel), button=button)  # type: ignore[arg-type]
        hand.settle()

    hand.tab.mouse.move(*_in_picture(hand, first))
    hand.press("s")
    click(first, "left")
    click(last, "right")
    hand.until("studio.imageView.splitting?.parts")
    before = office.desk.version
    hand.press("1")
    assert office.desk.version == before + 1 and not office.desk.state.alive[row]
    assert office.desk.session.mask(image)[first] == 0 and office.desk.session.mask(image)[last] == -1


def _in_picture(hand: Hand, pixel: tuple[int, int]) -> tuple[float, float]:
    box = hand.tab.locator("#picture").bounding_box()
    assert box is not None
    height, width = 64, 96
    scale = min(box["width"] / width, box["height"] / height)
    left, top = (box["width"] - width * scale) / 2, (box["height"] - height * scale) / 2
    return box["x"] + left + (pixel[1] + 0.5) * scale, box["y"] + top + (pixel[0] + 0.5) * scale


def test_everything_goes_with_keys_alone(hand: Hand, office: Office, tmp_path: Path) -> None:
    for key in ("ArrowRight", "b", "ArrowRight", "ArrowDown", "2"):
        hand.press(key)
    assert "LabelBox" in actions(tmp_path)
    for key in ("ArrowRight", "Space", "1", "o", "Escape", "m", "+", "Shift+ArrowRight", "0"):
        hand.press(key)
    assert {"LabelSegment", "OpenImage", "CloseImage", "RequestBatch"} <= set(actions(tmp_path))
    hand.press("n")
    hand.tab.keyboard.type("<b>cow</b>")
    hand.press("Enter")
    hand.until("studio.model.header.classes.length === 3")
    assert hand.tab.locator("#palette b").count() == 0
    hand.press("3")
    hand.press("r")
    hand.press("r")
    hand.settle()
    assert (office.desk.state.labels[office.desk.state.alive] >= 0).all()
    assert "<b>cow</b>" in hand.text("#palette")


def test_a_drag_takes_in_what_is_similar(hand: Hand, office: Office, tmp_path: Path) -> None:
    x, y = hand.tab.evaluate(
        "(p => { const v = [...p.raster.visible]; return p.at(v.indexOf(Math.max(...v))); })(studio.projection)"
    )
    mouse = hand.tab.mouse
    mouse.move(*hand.at(x, y))
    mouse.down(button="right")
    hand.until("studio.projection.similar")
    mouse.move(*hand.at(x + 300, y))
    mouse.up(button="right")
    hand.settle()
    selected = int(hand.text("#message").split()[0])
    hand.press("2")
    assert actions(tmp_path)[-1] in {"LabelNeighbors", "LabelRadius"}
    assert (office.desk.state.labels == 1).sum() == selected > 1


def test_the_answer_of_a_dead_server_is_a_sentence(hand: Hand, office: Office) -> None:
    hand.tab.route("**/api/act", lambda route: route.abort())
    hand.drag((5, 5), (800, 1195))
    hand.press("2")
    assert "nothing that was done is lost" in hand.text("#message")
    assert (office.desk.state.labels == -1).all()
    hand.errors.clear()
