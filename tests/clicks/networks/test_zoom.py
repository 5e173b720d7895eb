"""Zoom-in: the box, the crop, the way back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.clicks.click import Click
from fsannot.clicks.predictors.points import Points, click_slots
from fsannot.clicks.predictors.zoom import ZoomIn
from fsannot.data.errors import InputError


def mask(height: int, width: int, rows: slice, cols: slice) -> torch.Tensor:
    out = torch.zeros(1, 1, height, width)
    out[:, :, rows, cols] = 1
    return out


def zoomed(
    first: torch.Tensor, clicks: list[Click], **options: Any
) -> tuple[ZoomIn, torch.Tensor, Points, bool]:
    zoom = ZoomIn(target=100, **options)
    image = torch.zeros(1, 3, *first.shape[2:])
    zoom.crop(image, Points.of(clicks[:1]))
    zoom.paste(first)
    return zoom, *zoom.crop(image, Points.of(clicks))


def test_the_first_click_sees_the_whole_image() -> None:
    image = torch.rand(1, 3, 40, 50)
    crop, points, moved = ZoomIn(target=100).crop(image, Points.of([Click(3, 4, True)]))
    assert crop is image
    assert points.places.tolist() == [[3, 4]]
    assert not moved


def test_the_box_by_hand() -> None:
    """Rows 100–199: middle 149.5, side 1.4·100 = 140, box 79.5–219.5, halves to even → 80–220."""
    first = mask(400, 500, slice(100, 200), slice(200, 300))
    zoom, crop, points, moved = zoomed(first, [Click(150, 250, True), Click(80, 180, False)], min_side=10)
    assert zoom._box == (80, 220, 180, 320)
    assert moved
    assert crop.shape == (1, 3, 100, 100)  # 141 × 141 with its long side at 100
    np.testing.assert_allclose(points.places, [[100 * 70 / 141, 100 * 70 / 141], [0, 0]])


def test_the_box_has_a_smallest_side_and_stays_in_the_image() -> None:
    first = mask(400, 500, slice(10, 20), slice(200, 210))
    zoom, crop, _, _ = zoomed(first, [Click(15, 205, True), Click(0, 0, False)])
    assert zoom._box == (0, 114, 104, 304)  # middle 14.5 ± 100 clamped at 0; 204.5 ± 100, halves to even
    assert crop.shape == (1, 3, 57, 100)


def test_positive_clicks_belong_to_the_object_and_negative_ones_do_not() -> None:
    first = mask(400, 500, slice(100, 110), slice(100, 110))
    both = [Click(105, 105, True), Click(300, 400, True)]
    zoom, *_ = zoomed(first, both, min_side=10, expansion=1.0)
    assert zoom._box == (100, 300, 100, 400)
    zoom, *_ = zoomed(first, [both[0], Click(300, 400, False)], min_side=10, expansion=1.0)
    assert zoom._box is not None
    assert max(zoom._box) < 120


def test_the_box_moves_only_where_it_must() -> None:
    image = torch.zeros(1, 3, 400, 500)
    clicks = [Click(150, 250, True), Click(0, 0, False)]
    zoom, *_ = zoomed(mask(400, 500, slice(100, 200), slice(200, 300)), clicks, min_side=10)
    box = zoom._box
    zoom.paste(torch.ones(1, 1, 100, 100))  # the object fills the box: overlap 141²/199² is just above a half
    assert not zoom.crop(image, Points.of([*clicks, Click(160, 260, True)]))[2]
    assert zoom._box == box
    assert zoom.crop(image, Points.of([*clicks, Click(220, 260, True)]))[2]  # the last row counts as outside


def test_an_empty_prediction_shows_the_whole_image() -> None:
    empty = torch.zeros(1, 1, 40, 50)
    zoom, crop, _, moved = zoomed(empty, [Click(1, 1, True), Click(2, 2, False)])
    assert crop.shape[2:] == (40, 50)
    assert not moved
    assert zoom._box is None


def test_squashing_from_the_first_click() -> None:
    zoom = ZoomIn(target=(64, 64), from_first_click=True)
    crop, points, moved = zoom.crop(torch.rand(1, 4, 40, 50), Points.of([Click(10, 25, True)]))
    assert crop.shape == (1, 4, 64, 64)
    assert moved
    np.testing.assert_allclose(points.places, [[16, 32]])
    assert zoom.paste(torch.ones(1, 1, 64, 64)).shape == (1, 1, 40, 50)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_what_is_pasted_lies_in_the_box_and_clicks_keep_their_place(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 90)), data.draw(st.integers(1, 90))
    zoom = ZoomIn(target=48, min_side=data.draw(st.integers(1, 60)))
    image = torch.stack(
        torch.meshgrid(torch.arange(float(height)), torch.arange(float(width)), indexing="ij")
    )[None]
    clicks: list[Click] = []
    for _ in range(4):
        y, x = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
        clicks.append(Click(y, x, data.draw(st.booleans())))
        crop, points, _ = zoom.crop(image, Points.of(clicks))
        assert len(points) == len(clicks)
        answer = zoom.paste(torch.full((1, 1, *crop.shape[2:]), 0.75))
        assert answer.shape == (1, 1, height, width)
        if zoom._box is None:
            continue
        top, bottom, left, right = zoom._box
        assert 0 <= top <= bottom < height
        assert 0 <= left <= right < width
        inside = answer[0, 0, top : bottom + 1, left : right + 1]
        assert torch.allclose(inside, torch.full_like(inside, 0.75))
        assert float(answer.sum()) == pytest.approx(float(inside.sum()), rel=1e-5)
        # the crop's coordinates run from the box's first to its last row and column
        assert float(crop[0, 0, 0, 0]) == top
        assert float(crop[0, 1, 0, 0]) == left


def test_targets_too_small_for_a_network_are_refused() -> None:
    with pytest.raises(InputError, match="zoom size 16"):
        ZoomIn(target=16)


def test_slots_keep_order_and_mark_absence() -> None:
    points = Points.of([Click(1, 2, True), Click(3, 4, False), Click(5, 6, True)])
    slots = click_slots([points, points.mirrored(10)])
    assert slots[0].tolist() == [[[1, 2], [5, 6]], [[3, 4], [-1, -1]]]
    assert slots[1].tolist() == [[[1, 7], [5, 3]], [[3, 5], [-1, -1]]]
    assert click_slots([points.first(1)])[0].tolist() == [[[1, 2]], [[-1, -1]]]
