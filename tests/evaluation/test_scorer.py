"""Scores counted by segment are those of the pixels, at every moment of a session."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.annotation.state import State
from fsannot.data.errors import InputError
from fsannot.evaluation.instances import instance_ious
from fsannot.evaluation.iou import iou, iou_bound
from fsannot.evaluation.scorer import Scorer

SIZE = (12, 15)


def scene(rng: np.random.Generator, roofs: int) -> tuple[np.ndarray, np.ndarray]:
    """Instances and target; a few pixels are ignored."""
    instances = np.zeros(SIZE, np.int32)
    for number in range(1, roofs + 1):
        y, x = rng.integers(0, 9), rng.integers(0, 11)
        instances[y : y + 3, x : x + 4] = number
    target = (instances > 0).astype(np.int32)
    target[rng.random(SIZE) < 0.05] = -1
    return instances, target


def by_pixels(mask: np.ndarray, instances: np.ndarray, target: np.ndarray) -> list[float]:
    return list(instance_ious(mask, instances, target).values()) or [iou(mask, target)]


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_instances_by_segment_are_those_by_pixel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scenes = [scene(rng, roofs) for roofs in (2, 0, 4)]
    scorer = Scorer(
        lambda i: scenes[i][1], images=3, classes=2, task="foreground", instances=lambda i: scenes[i][0]
    )

    def check(state: State) -> None:
        expected = []
        for image, (instances, target) in enumerate(scenes):
            mask = np.zeros(SIZE, bool)
            if image < len(state.rows):
                mask = state.labels[state.row_map(image)] > 0
            expected.append(by_pixels(mask, instances, target))
        np.testing.assert_allclose(scorer.scores(state), [np.mean(e) for e in expected])
        assert scorer.overall(scorer.scores(state)) == pytest.approx(np.mean(np.concatenate(expected)))

    def partition() -> np.ndarray:
        return np.unique(rng.integers(0, 9, SIZE), return_inverse=True)[1].reshape(SIZE).astype(np.int32)

    state = State.empty()
    check(state)
    history = []
    for image in range(3):
        state = state.with_image(partition())
        check(state)
        for _ in range(2):
            chosen = rng.choice(len(state.alive), 4)
            state = state.with_labels(chosen, rng.integers(-1, 2, 4))
            check(state)
        again = partition()
        none = np.full(int(again.max()) + 1, -1, np.int32)
        history.append(state)
        state = state.with_partition(image, again, none, rng.integers(-1, 2, len(none)).astype(np.int16))
        check(state)
    check(history[-1].grown_like(state))  # undo
    check(state)
    check(State.empty().with_image(partition()))  # the session begins again


def test_the_bound_is_that_of_majority_labels_per_instance() -> None:
    rng = np.random.default_rng(3)
    instances, target = scene(rng, 3)
    label_map = (np.indices(SIZE)[0] // 3 * 5 + np.indices(SIZE)[1] // 3).astype(np.int32)
    state = State.empty().with_image(label_map)
    of_image = Scorer(lambda _: target, images=1, classes=2, task="foreground")
    assert of_image.bounds(state) == pytest.approx([iou_bound(label_map, target)])
    scorer = Scorer(lambda _: target, images=1, classes=2, task="foreground", instances=lambda _: instances)
    labels = np.array(
        [(target[label_map == k] > 0).sum() > (target[label_map == k] == 0).sum() for k in range(20)]
    )
    expected = np.mean(by_pixels(labels[label_map], instances, target))
    assert scorer.bounds(state) == pytest.approx([expected]) and 0 < expected < 1
    labelled = replace(state, labels=labels.astype(np.int16))
    assert scorer.scores(labelled) == pytest.approx([expected])


def test_instances_of_a_semantic_set_are_refused() -> None:
    with pytest.raises(InputError, match="judged by image"):
        Scorer(
            lambda _: np.zeros(SIZE, np.int32), images=1, classes=2, task="semantic", instances=lambda _: None
        )
