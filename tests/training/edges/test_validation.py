"""The quick F-measure on maps with known answers."""

import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.training.edges.validation import tolerant_f_measure


def line(column: int) -> np.ndarray:
    boundary = np.zeros((60, 80), bool)
    boundary[:, column] = True
    return boundary


def test_the_boundary_itself_scores_one() -> None:
    assert tolerant_f_measure([line(40).astype(np.float32)], [[line(40)]]) == 1.0


def test_nothing_found_scores_zero() -> None:
    assert tolerant_f_measure([np.zeros((60, 80), np.float32)], [[line(40)]]) == 0.0


def test_within_and_beyond_the_tolerance() -> None:
    # 0.0075 · 100 px = 0.75 px: the next column is too far
    assert tolerant_f_measure([line(41).astype(np.float32)], [[line(40)]]) == 0.0


def test_one_of_two_annotators_is_half_the_recall() -> None:
    # precision 1, recall 1/2
    score = tolerant_f_measure([line(40).astype(np.float32)], [[line(40), line(10)]])
    assert score == pytest.approx(2 / 3)


def test_needs_an_image() -> None:
    with pytest.raises(InputError, match="at least one"):
        tolerant_f_measure([], [])
