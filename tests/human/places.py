"""Layouts to test the screen on."""

import numpy as np
from hypothesis import strategies as st

from fsannot.human.screen import HEIGHT, WIDTH, to_canvas


def scattered(count: int, seed: int) -> np.ndarray:
    """float32 (count, 2), pixels of the overview, anywhere."""
    return to_canvas(np.random.default_rng(seed).random((count, 2)))


def clumped(count: int, seed: int) -> np.ndarray:
    """float32 (count, 2), pixels of the overview, in clumps of different sizes as a UMAP layout has them."""
    rng = np.random.default_rng(seed)
    clump = rng.choice(12, count, p=rng.dirichlet(np.ones(12)))
    return to_canvas((rng.normal(size=(12, 2)) * 4)[clump] + rng.normal(size=(count, 2)) * 0.3)


@st.composite
def overview_places(draw: st.DrawFn, *, least: int = 0, most: int = 40) -> np.ndarray:
    """float32 (N, 2) on the overview: far apart, close together, at the same place, on the edge."""
    width, height = draw(st.sampled_from([(WIDTH, HEIGHT), (90, 70), (6, 5)]))
    left, top = draw(
        st.sampled_from(
            [(0, 0), (WIDTH - width, HEIGHT - height), ((WIDTH - width) // 2, 300 * (height < 900))]
        )
    )
    numbers = st.floats(0, 1, width=32)
    unit = draw(st.lists(st.tuples(numbers, numbers), min_size=least, max_size=most))
    array = np.array(unit, np.float64).reshape(-1, 2) * (width, height) + (left, top)
    return np.clip(array, 0, (WIDTH, HEIGHT)).astype(np.float32)
