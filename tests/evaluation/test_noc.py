import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fsannot.clicks.click import Click
from fsannot.clicks.protocol import Episode
from fsannot.data.errors import InputError
from fsannot.evaluation.noc import (
    click_table,
    iou_at,
    number_of_clicks,
    read_click_table,
    write_click_table,
)


def episode(
    ious: Sequence[float], target: float | None = None, budget: int = 20, finished: bool | None = None
) -> Episode:
    """An episode that took 0.5 s a click, 0.4 of them in the predictor, after 1 s of preparation in it."""
    return Episode(
        name="bear/00000",
        ious=np.array(ious),
        clicks=tuple(Click(0, k, True) for k in range(len(ious))),
        seconds=np.full(len(ious), 0.5),
        start_seconds=1.0,
        predictor_seconds=1.0 + 0.4 * len(ious),
        mask=np.zeros((1, 1), bool),
        masks=None,
        max_clicks=budget,
        target_iou=target,
        finished=ious[-1] == 1.0 if finished is None else finished,
    )


def full(ious: Sequence[float]) -> Episode:
    return episode([*ious, *[ious[-1]] * (20 - len(ious))])


def test_number_of_clicks_is_the_first_that_reaches_the_target() -> None:
    e = full([0.5, 0.8, 0.79, 0.86, 0.9])  # a later fall does not matter
    assert [number_of_clicks(e, t) for t in (0.8, 0.85, 0.9, 0.95)] == [2, 4, 5, 20]


def test_reached_means_equal_or_above() -> None:
    assert number_of_clicks(full([0.1, 0.9]), 0.9) == 2


def test_solved_at_click_twenty_counts_as_published_but_is_told_apart() -> None:
    solved = episode([0.5] * 19 + [0.95])
    never = episode([0.5] * 20)
    table = click_table([solved, never, full([0.92])])
    assert table.noc[0.9] == pytest.approx((20 + 20 + 1) / 3)
    assert table.capped[0.9] == 2
    assert table.unsolved[0.9] == 1


def test_one_run_to_ninety_answers_the_lower_targets_only() -> None:
    stopped = episode([0.6, 0.84, 0.87, 0.91], target=0.9)
    table = click_table([stopped])
    assert table.noc == {0.8: 2.0, 0.85: 3.0, 0.9: 4.0}
    assert table.iou_at == {}
    with pytest.raises(InputError, match=r"bear/00000: stopped at its target_iou=0.9, NoC@0.95"):
        number_of_clicks(stopped, 0.95)
    with pytest.raises(InputError, match="IoU@5 is not known"):
        iou_at(stopped, 5)
    assert iou_at(stopped, 3) == 0.87


def test_iou_at_k_by_hand() -> None:
    a, b = full([0.2, 0.4, 0.6, 0.7, 0.8]), full([0.6, 0.6, 0.8, 0.9, 1.0])
    table = click_table([a, b], clicks=(1, 3, 5, 20))
    assert table.iou_at == pytest.approx({1: 0.4, 3: 0.7, 5: 0.9, 20: 0.9})


def test_a_finished_object_keeps_what_it_had() -> None:
    finished = episode([0.7, 1.0])
    assert [iou_at(finished, k) for k in (1, 2, 3, 20)] == [0.7, 1.0, 1.0, 1.0]
    assert number_of_clicks(finished, 0.95) == 2


def test_an_object_without_a_pixel_left_to_click_is_unsolved_and_told_apart() -> None:
    """A two-pixel object with IoU 0 after both its pixels; one solved; one given up after twenty clicks."""
    exhausted = episode([0.0, 0.0], finished=True)
    table = click_table([exhausted, episode([0.7, 1.0]), episode([0.5] * 20)])
    assert (table.objects, table.converged, table.exhausted) == (3, 1, 1)
    assert table.noc[0.9] == pytest.approx((20 + 2 + 20) / 3)
    assert table.unsolved[0.9] == 2
    assert table.iou_at[5] == pytest.approx((0.0 + 1.0 + 0.5) / 3)
    stopping = click_table([episode([0.0, 0.0], 0.9, finished=True), episode([0.5] * 19 + [0.95], 0.9)])
    assert (stopping.converged, stopping.exhausted) == (1, 1)
    assert stopping.noc[0.9] == 20.0


def test_the_table_on_disk_keeps_who_converged(tmp_path: Path) -> None:
    table = click_table([episode([0.0, 0.0], finished=True), full([1.0])])
    write_click_table(tmp_path / "clicks.json", table)
    assert read_click_table(tmp_path / "clicks.json") == table
    assert json.loads((tmp_path / "clicks.json").read_text())["exhausted"] == 1


def test_seconds_per_click_are_the_whole_loop() -> None:
    table = click_table([episode([0.5] * 20), full([1.0])])
    assert table.seconds_per_click == pytest.approx((2 * 1.0 + 40 * 0.5) / 40)
    assert table.overhead == pytest.approx(40 * 0.1 / 22)
    assert table.objects == 2


def test_smaller_budgets() -> None:
    table = click_table([episode([0.5, 0.7, 0.9], budget=3)])
    assert set(table.iou_at) == {1, 3}
    assert table.noc[0.95] == 3.0
    with pytest.raises(InputError, match="IoU@4 is outside the budget of 1 to 3"):
        iou_at(episode([0.5, 0.7, 0.9], budget=3), 4)


def test_tables_of_nothing_or_of_two_kinds_are_refused() -> None:
    with pytest.raises(InputError, match="no episodes"):
        click_table([])
    with pytest.raises(InputError, match="different"):
        click_table([full([0.5]), episode([0.5], budget=1)])
