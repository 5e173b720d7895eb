"""Draws belong to things, not to the order in which they are asked for."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.human.draws import Stream, combine, place_key, splitmix64, uniform


def test_splitmix64_gives_the_published_sequence() -> None:
    """From the seed 1234567, as in the test vectors of the reference implementation (Vigna, splitmix64.c)."""
    step = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        states = np.uint64(1234567) + np.arange(3, dtype=np.uint64) * step
    assert splitmix64(states).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_draws_are_uniform_and_streams_and_seeds_are_independent() -> None:
    key = place_key(np.repeat(np.arange(50), 400), np.stack([np.tile(np.arange(400), 50)] * 2, 1))
    assert len(np.unique(key)) == len(key)
    draws = [uniform(seed, stream, key) for seed in (0, 1) for stream in Stream]
    for draw in draws:
        assert draw.min() >= 0 and draw.max() < 1
        counts = np.histogram(draw, 20, (0, 1))[0]
        assert ((counts - 1000) ** 2 / 1000).sum() < 50  # χ² of 19 degrees of freedom: 1 in 10,000
    correlation = np.corrcoef(draws) - np.eye(len(draws))
    assert np.abs(correlation).max() < 0.035  # five standard deviations of 20,000 draws


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 10**5), st.integers(0, 10**5)),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, 2**63 - 1),
    st.randoms(),
)
def test_a_draw_depends_on_its_own_key_only(things: list[tuple[int, int, int]], seed: int, shuffler) -> None:  # type: ignore[no-untyped-def]
    def drawn(order: list[int]) -> np.ndarray:
        made = np.array([things[i] for i in order])
        return uniform(seed, Stream.NAME, place_key(made[:, 0], made[:, 1:]))

    order = list(range(len(things)))
    shuffler.shuffle(order)
    whole, shuffled = drawn(list(range(len(things)))), drawn(order)
    np.testing.assert_array_equal(whole[order], shuffled)
    assert drawn([order[0]])[0] == whole[order[0]]


def test_image_and_both_coordinates_count_and_their_order() -> None:
    places = np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 1, 0], [1, 2, 0]])
    assert len(np.unique(place_key(places[:, 0], places[:, 1:]))) == 5


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.int64, np.uint32])
def test_keys_do_not_depend_on_the_type_of_numbers(dtype: type) -> None:
    columns = [np.array([3, 5], dtype), np.array([7, 11], dtype)]
    np.testing.assert_array_equal(combine(*columns), combine(*(c.astype(np.int64) for c in columns)))


def test_another_process_draws_the_same() -> None:
    code = (
        "import numpy as np; from fsannot.human.draws import *; "
        "print(uniform(5, Stream.NAME, place_key(np.arange(3), np.ones((3, 2), int))).tolist())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    here = uniform(5, Stream.NAME, place_key(np.arange(3), np.ones((3, 2), int))).tolist()
    assert out.strip() == str(here)
