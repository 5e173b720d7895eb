"""Where the machine looks and clicks, and when the predictor's word counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from fsannot.clicks.click import Click
from fsannot.clicks.predictor import ClickPredictor
from fsannot.finishing.boundary import boundary
from fsannot.finishing.clicks import Clicks
from fsannot.finishing.guided import Guided
from fsannot.finishing.machine_clicks import spread, tiles


class Says(ClickPredictor):
    """Answers with a probability for the bright part of the image, and for the rest 1 − that."""

    name = "says"

    def __init__(self, sure: float) -> None:
        self.sure, self.asked = sure, 0

    def fingerprint(self) -> str:
        return f"says {self.sure}"

    def start(self, image: np.ndarray, edge_map: np.ndarray | None = None) -> None:
        self.bright = image[..., 0] > 100

    def predict(self, clicks: Sequence[Click]) -> np.ndarray:
        self.asked += 1
        on = np.mean([self.bright[c.y, c.x] for c in clicks if c.positive])
        off = np.mean([self.bright[c.y, c.x] for c in clicks if not c.positive])
        wanted = self.bright if on > off else ~self.bright
        return np.where(wanted, self.sure, 1 - self.sure).astype(np.float32)


def case() -> tuple[np.ndarray, np.ndarray]:
    """A bright square, and labels that miss three of its columns."""
    image = np.full((150, 200, 3), 20, np.uint8)
    image[40:110, 60:140] = 200
    labels = np.zeros((150, 200), np.int16)
    labels[40:110, 63:140] = 1
    return image, labels


@pytest.mark.parametrize(("sure", "moves"), [(0.9, True), (0.65, False), (0.1, False)])
def test_only_a_predictor_that_is_sure_and_agrees_with_the_labels_counts(sure: float, moves: bool) -> None:
    image, labels = case()
    said = Says(sure)
    # a filter of one pixel and much smoothing leaves what the clicks made
    made = Clicks(predictor=said, guided=Guided(radius=1, eps=1.0), tile=64)
    done = made.finish(image, labels, labels.astype(np.int32)).labels
    assert said.asked > 1
    assert (done[60:90, 60:63] == (1 if moves else 0)).all()
    assert (done[:, :50] == 0).all() and (done[60:90, 80:120] == 1).all()


def test_of_two_classes_one_is_asked_for_of_three_each() -> None:
    image, labels = case()
    asked = []
    for classes in (2, 3):
        if classes == 3:
            labels[40:75, 63:140] = 2
        said = Says(0.9)
        Clicks(predictor=said, guided=Guided(), tile=256, agreement=0.0).finish(image, labels, labels)
        asked.append(said.asked)
    assert asked == [1, 3]


@pytest.mark.parametrize("size", [64, 100, 400])
def test_tiles_show_every_boundary_pixel_and_lie_in_the_image(size: int) -> None:
    found = boundary(np.random.default_rng(3).random((150, 200)) > 0.995)
    seen = np.zeros(found.shape, bool)
    for rows, columns in tiles(found, size):
        assert 0 <= rows.start < rows.stop <= 150 and 0 <= columns.start < columns.stop <= 200
        assert rows.stop - rows.start == min(size, 150) and columns.stop - columns.start == min(size, 200)
        seen[rows, columns] = True
    assert (seen | ~found).all()


def test_clicks_keep_their_distance() -> None:
    depth = np.tile(np.arange(40.0), (30, 1))
    places = spread(np.ones((30, 40), bool), depth, 50, nearest=3, farthest=20)
    assert len(places) == 50 == len(np.unique(places, axis=0))
    assert depth[places[:, 0], places[:, 1]].min() == 3 and depth[places[:, 0], places[:, 1]].max() == 20
    assert len(spread(np.zeros((30, 40), bool), depth, 5, nearest=3, farthest=20)) == 0
