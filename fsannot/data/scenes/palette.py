"""Colours of landscapes and of the objects in them."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Biome:
    """Colours of one kind of landscape, each (3, 3): two main tones and an accent."""

    sky: np.ndarray
    hill: np.ndarray
    ground: np.ndarray
    water: np.ndarray
    foliage: np.ndarray
    rock: np.ndarray


def _tones(hexes: str) -> np.ndarray:
    channels = [[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in hexes.split()]
    return np.array(channels, np.float32) / 255


# in the order of Biome's fields; the tones of the sky are zenith, horizon and cloud
BIOMES = {
    "meadow": (
        "4a86c8 c3dcec f2f4f4|4f7350 7d9a63 3b5a45|5d8a35 8ba94a b7bd62|"
        "3b6f8f 6fa3b5 b9d6dc|3d6b2c 5f8f38 8eb04c|8a8780 b3aea4 5f5c58"
    ),
    "desert": (
        "3f78b5 e9d3ae f6e8cf|a5673f c98d5b 7c4a32|d2a566 e3c084 b98a4d|"
        "3d7f86 77aca6 cfe0d0|7b8347 9aa05c 5c6b3a|a0623f c07f55 75452f"
    ),
    "snow": (
        "7fa3c7 dfe7ee fafafa|8797a8 b9c4cf 5b6b7c|dfe5ec f6f8fb b4c3d6|"
        "5d86a5 8fb1c6 dcebf2|2e4a3f 486355 d9e3e4|6b7078 93989e 4b4f57"
    ),
    "autumn": (
        "7f97b2 e7d9c3 f3ece2|8a5a2f b5782f 63402a|8f6b35 b58b43 6f7a38|"
        "45616e 7d959b c5c9bd|b5541f d88a26 8f3320|77716b 9c958b 524d49"
    ),
    "coast": (
        "3c93d0 cfeaf3 ffffff|3f7f63 68a07c 2f6250|e3d3a8 f0e6c8 c4ad7c|"
        "1f86a3 4fb8c4 c6eef0|2f7a3d 57a04a 8cc063|7b7d80 a3a5a6 55585b"
    ),
    "dusk": (
        "33406f e08a63 f0b58a|43385a 5d4a6c 2e2a45|5c5a4a 7b7257 454a45|"
        "4a4d78 a0707c e0a58f|2d3f3c 45544a 5f6650|5d5766 7a7280 403c4a"
    ),
}


def biome(name: str, rng: np.random.Generator) -> Biome:
    """A landscape's colours, slightly varied at random.

    Args:
        name: a key of ``BIOMES``.
        rng: of the variation.

    Returns:
        the landscape.
    """
    rows = [_tones(part) for part in BIOMES[name].split("|")]
    return Biome(*(np.clip(row + rng.normal(0, 0.025, (1, 3)), 0, 1).astype(np.float32) for row in rows))


def object_colours(rng: np.random.Generator, around: np.ndarray) -> np.ndarray:
    """Three contrasting colours for a surface, sometimes close to the surroundings.

    Args:
        rng: of the choice.
        around: float (3, 3), colours of the surroundings.

    Returns:
        float (3, 3), one RGB colour a row.
    """
    hue = rng.random()
    if rng.random() < 0.3:  # camouflage: told from its surroundings by texture, not by hue
        hue = colorsys.rgb_to_hsv(*around.mean(0))[0]
    dark, light = rng.uniform(0.12, 0.4), rng.uniform(0.72, 0.98)
    second = hue + rng.choice([0.0, 0.06, 0.12, 0.5]) + rng.normal(0, 0.02)
    colours = [
        colorsys.hsv_to_rgb(hue % 1, rng.uniform(0.35, 0.9), light),
        colorsys.hsv_to_rgb(second % 1, rng.uniform(0.2, 0.8), dark),
        colorsys.hsv_to_rgb((hue + 0.08) % 1, rng.uniform(0.3, 0.8), (dark + light) / 2),
    ]
    order = [1, 0, 2] if rng.random() < 0.4 else [0, 1, 2]
    return np.array(colours, np.float32)[order]
