import dataclasses

import numpy as np
import pytest

from fsannot.clicks.clicker import Clicker
from fsannot.clicks.cost import click_curve, click_seconds
from fsannot.clicks.predictors.watershed import WatershedPredictor
from fsannot.clicks.protocol import run_episode
from fsannot.data.errors import InputError
from fsannot.human.clock import Clock
from tests.clicks.scripted import Disks, Scripted

GT = np.zeros((20, 30), np.int8)
GT[4:16, 5:25] = 1
IMAGE = np.zeros((20, 30, 3), np.uint8)


def columns(count: int) -> np.ndarray:
    """The object's first ``count`` columns; IoU is count / 20."""
    mask = np.zeros(GT.shape)
    mask[4:16, 5 : 5 + count] = 1
    return mask


def test_ious_after_each_click() -> None:
    predictor = Scripted(columns(5), columns(10), columns(19))
    episode = run_episode(predictor, IMAGE, GT, Clicker(), max_clicks=4)
    np.testing.assert_allclose(episode.ious, [0.25, 0.5, 0.95, 0.95])
    assert len(episode.clicks) == len(episode.seconds) == 4
    assert predictor.seen == [episode.clicks[:k] for k in (1, 2, 3, 4)]
    np.testing.assert_array_equal(episode.mask, columns(19) == 1)
    assert episode.masks is None


def test_stops_at_the_target() -> None:
    predictor = Scripted(columns(5), columns(18), columns(20))
    episode = run_episode(predictor, IMAGE, GT, Clicker(), target_iou=0.9)
    assert len(episode.ious) == 2
    assert episode.converged
    assert not episode.finished


def test_gives_up_after_twenty_clicks() -> None:
    episode = run_episode(Scripted(columns(3)), IMAGE, GT, Clicker(), target_iou=0.9)
    assert len(episode.clicks) == 20
    assert not episode.converged


def test_reaching_the_target_at_click_twenty_is_converged() -> None:
    predictor = Scripted(*[columns(3)] * 19, columns(20))
    episode = run_episode(predictor, IMAGE, GT, Clicker(), target_iou=0.9)
    assert len(episode.clicks) == 20
    assert episode.converged


def test_no_error_left_ends_an_episode_without_target() -> None:
    episode = run_episode(Scripted(columns(3), columns(20)), IMAGE, GT, Clicker())
    assert len(episode.clicks) == 2
    assert episode.finished
    assert episode.converged


def test_an_episode_that_ran_out_of_pixels_has_not_converged() -> None:
    """Two object pixels, a predictor that answers nothing: both are clicked, IoU stays 0, and there is no third."""
    gt = np.zeros((3, 4), np.int8)
    gt[1, 1:3] = 1
    nothing = np.zeros(gt.shape)
    for target in (None, 0.9):
        episode = run_episode(Scripted(nothing), IMAGE[:3, :4], gt, Clicker(), target_iou=target)
        assert [(c.y, c.x, c.positive) for c in episode.clicks] == [(1, 1, True), (1, 2, True)]
        np.testing.assert_array_equal(episode.ious, [0.0, 0.0])
        assert episode.finished
        assert not episode.converged
        np.testing.assert_array_equal(episode.reached, [False, False])


def test_a_target_once_reached_stays_reached() -> None:
    """Columns 19 of 20 are IoU 0.95, columns 20 are 1: the last click loses what the third had."""
    predictor = Scripted(columns(10), columns(19), columns(20))
    episode = run_episode(predictor, IMAGE, GT, Clicker())
    np.testing.assert_array_equal(episode.reached, [False, False, True])
    stops = run_episode(predictor, IMAGE, GT, Clicker(), target_iou=0.95)
    np.testing.assert_array_equal(stops.reached, [False, True])
    fallen = dataclasses.replace(episode, ious=np.array([0.5, 0.95, 0.6]), target_iou=0.9)
    np.testing.assert_array_equal(fallen.reached, [False, True, True])
    assert fallen.converged


def test_ignored_pixels_neither_hinder_nor_help() -> None:
    gt = GT.copy()
    gt[:, 24:] = -1
    mask = columns(19)
    mask[:, 26:] = 1
    episode = run_episode(Scripted(mask), IMAGE, gt, Clicker())
    np.testing.assert_array_equal(episode.ious, [1.0])


def test_threshold_is_strict_unless_told_otherwise() -> None:
    half = Scripted(columns(20) * 0.5)
    assert run_episode(half, IMAGE, GT, Clicker(), max_clicks=1).ious[0] == 0.0
    assert run_episode(half, IMAGE, GT, Clicker(), max_clicks=1, inclusive=True).ious[0] == 1.0
    assert run_episode(half, IMAGE, GT, Clicker(), max_clicks=1, threshold=0.49).ious[0] == 1.0
    half.threshold = 0.49
    assert run_episode(half, IMAGE, GT, Clicker(), max_clicks=1).ious[0] == 1.0


def test_masks_on_request() -> None:
    episode = run_episode(
        Scripted(columns(3), columns(9)), IMAGE, GT, Clicker(), max_clicks=2, keep_masks=True
    )
    assert episode.masks is not None
    np.testing.assert_array_equal(episode.masks[0], columns(3) == 1)
    np.testing.assert_array_equal(episode.masks[1], columns(9) == 1)


def test_seconds_add_up() -> None:
    episode = run_episode(Disks(4), IMAGE, GT, Clicker(), max_clicks=5)
    assert (episode.seconds > 0).all()
    assert 0 < episode.predictor_seconds < episode.machine_seconds
    assert episode.machine_seconds == pytest.approx(episode.start_seconds + episode.seconds.sum())


def test_repeated_episodes_are_the_same() -> None:
    runs = [run_episode(Disks(4), IMAGE, GT, Clicker(jitter=0.3), name="a") for _ in range(2)]
    assert runs[0].clicks == runs[1].clicks
    np.testing.assert_array_equal(runs[0].ious, runs[1].ious)


def test_edges_go_to_those_who_need_them_only() -> None:
    edges = np.zeros(GT.shape, np.float32)
    plain = Scripted(columns(20))
    run_episode(plain, IMAGE, GT, Clicker(), edge_map=edges)
    assert plain.edge_map is None
    plain.needs_edges = True
    run_episode(plain, IMAGE, GT, Clicker(), edge_map=edges)
    assert plain.edge_map is edges
    with pytest.raises(InputError, match="watershed needs an edge map"):
        run_episode(WatershedPredictor(), IMAGE, GT, Clicker())


@pytest.mark.parametrize(
    "options", [{"max_clicks": 0}, {"target_iou": 0.0}, {"target_iou": 90}, {"threshold": 2}]
)
def test_invalid_options(options: dict[str, float]) -> None:
    (key,) = options
    with pytest.raises(InputError, match=f"{key}="):
        run_episode(Disks(3), IMAGE, GT, Clicker(), **options)  # type: ignore[arg-type]


def test_sizes_must_agree() -> None:
    with pytest.raises(InputError, match=r"bear/3: ground truth .* differ in size"):
        run_episode(Disks(3), IMAGE[:-1], GT, Clicker(), name="bear/3")
    with pytest.raises(InputError, match="scripted returned float32"):
        run_episode(Scripted(columns(3)[:, 1:]), IMAGE, GT, Clicker())


@pytest.mark.parametrize("value", [0, 1, -1])
def test_masks_with_nothing_to_click_are_named(value: int) -> None:
    with pytest.raises(InputError, match="bear/3: "):
        run_episode(Disks(3), IMAGE, np.full(GT.shape, value, np.int8), Clicker(), name="bear/3")


def test_human_time_is_two_point_four_and_nine_tenths_each() -> None:
    clock = Clock()
    assert [click_seconds(k, clock) for k in (0, 1, 3, 5, 20)] == pytest.approx([0, 2.4, 4.2, 6.0, 19.5])
    np.testing.assert_allclose(click_curve(3, clock), [2.4, 3.3, 4.2])
    with pytest.raises(InputError, match="count=-1"):
        click_seconds(-1, clock)
