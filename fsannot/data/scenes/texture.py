"""Procedural surfaces: a function from coordinates to colour."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fsannot.data.scenes.noise import CellNoise, ValueNoise, smoothstep

Texture = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Coordinates (H, W), (H, W) → linear-looking RGB float32 (H, W, 3) in about [0, 1]."""


def mix(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Blend two colours.

    Args:
        a: float (3,) or (H, W, 3), colour at weight 0.
        b: float (3,) or (H, W, 3), colour at weight 1.
        t: float (H, W), weights.

    Returns:
        float32 (H, W, 3).
    """
    a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
    return a + (b - a) * t.astype(np.float32)[..., None]


def stripes(rng: np.random.Generator, colours: np.ndarray, scale: float) -> Texture:
    """Parallel bands of two colours, bent by noise, as on a zebra or a deck chair.

    Args:
        rng: of direction, sharpness and bend.
        colours: float (3, 3), one RGB colour a row; the first two are used.
        scale: bands per unit of the surface's coordinates.

    Returns:
        the surface.
    """
    angle, sharp = rng.uniform(0, np.pi), rng.uniform(0.15, 0.6)
    bend, warp = rng.uniform(0.0, 1.2), ValueNoise(rng, 2)
    balance = rng.uniform(-0.3, 0.3)

    def texture(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        along = (u * np.cos(angle) + v * np.sin(angle)) * scale
        wave = np.sin(2 * np.pi * (along + bend * warp(u * scale * 0.4 + 9, v * scale * 0.4)))
        return mix(colours[0], colours[1], smoothstep(balance - sharp, balance + sharp, wave))

    return texture


def checks(rng: np.random.Generator, colours: np.ndarray, scale: float) -> Texture:
    """A chequered cloth, slightly warped.

    Args:
        rng: of direction and warp.
        colours: float (3, 3), one RGB colour a row; the first two are used.
        scale: squares per unit of the surface's coordinates.

    Returns:
        the surface.
    """
    angle, warp = rng.uniform(0, np.pi / 2), ValueNoise(rng, 2)

    def texture(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        shift = 0.35 * (warp(u * 2 + 5, v * 2) - 0.5)
        a = (u * np.cos(angle) + v * np.sin(angle)) * scale + shift
        b = (v * np.cos(angle) - u * np.sin(angle)) * scale - shift
        wave = np.sin(np.pi * a) * np.sin(np.pi * b)
        return mix(colours[0], colours[1], smoothstep(-0.12, 0.12, wave))

    return texture


def spots(rng: np.random.Generator, colours: np.ndarray, scale: float) -> Texture:
    """Round spots of changing size, as on a ladybird or a deer.

    Args:
        rng: of positions and sizes.
        colours: float (3, 3), one RGB colour a row: ground, spots; the third is not used.
        scale: spots per unit of the surface's coordinates.

    Returns:
        the surface.
    """
    cells, radius = CellNoise(rng, 0.7), rng.uniform(0.24, 0.38)

    def texture(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        near, _, value = cells(u * scale, v * scale)
        size = radius * (0.6 + 0.6 * value)
        return mix(colours[1], colours[0], smoothstep(-0.05, 0.05, near - size))

    return texture


def patches(rng: np.random.Generator, colours: np.ndarray, scale: float) -> Texture:
    """Plates divided by seams, as on a giraffe or a tortoise.

    Args:
        rng: of the plates and the width of the seams.
        colours: float (3, 3), one RGB colour a row: plate, seam, second tone of the plates.
        scale: plates per unit of the surface's coordinates.

    Returns:
        the surface.
    """
    cells, seam = CellNoise(rng, 0.9), rng.uniform(0.08, 0.18)

    def texture(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        near, second, value = cells(u * scale, v * scale)
        plate = mix(colours[0], colours[2], 0.7 * value)
        return plate + (colours[1] - plate) * smoothstep(seam + 0.06, seam - 0.06, second - near)[..., None]

    return texture


def marble(rng: np.random.Generator, colours: np.ndarray, scale: float) -> Texture:
    """Cloudy mixture of three colours with veins.

    Args:
        rng: of the clouds.
        colours: float (3, 3), one RGB colour a row: two tones and the veins.
        scale: lattice cells of the noise per unit of the surface's coordinates.

    Returns:
        the surface.
    """
    noise, warp = ValueNoise(rng, 5, 0.55), ValueNoise(rng, 3)

    def texture(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        bend = 2.5 * warp(u * scale * 0.5 + 3, v * scale * 0.5 + 11)
        field = noise(u * scale + bend, v * scale - bend)
        base = mix(colours[0], colours[1], smoothstep(0.3, 0.7, field))
        vein = smoothstep(0.05, 0.0, np.abs(field - 0.5))
        return base + (colours[2] - base) * (0.6 * vein)[..., None]

    return texture


def brindle(rng: np.random.Generator, colours: np.ndarray, scale: float) -> Texture:
    """Fur: a gradient from belly to back with fine streaks.

    Args:
        rng: of streaks and gradient.
        colours: float (3, 3), one RGB colour a row: one end of the gradient, streaks, the other end.
        scale: lattice cells of the noise per unit of the surface's coordinates.

    Returns:
        the surface.
    """
    streak, blotch = ValueNoise(rng, 3, 0.6), ValueNoise(rng, 2)

    def texture(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        shade = smoothstep(-0.8, 0.8, v + 0.5 * (blotch(u * 2, v * 2) - 0.5))
        base = mix(colours[0], colours[2], shade)
        return (
            base
            + (colours[1] - base)
            * (0.55 * smoothstep(0.5, 0.75, streak(u * scale * 2, v * scale * 7)))[..., None]
        )

    return texture


def ground_cover(
    rng: np.random.Generator, colours: np.ndarray, scale: float, stretch: float = 1.0, contrast: float = 1.0
) -> Texture:
    """Grass, sand, foliage or cloud: noise at many scales.

    Args:
        rng: of the noise.
        colours: float (3, 3), one RGB colour a row: two tones and the fine detail.
        scale: lattice cells of the noise per unit of the surface's coordinates.
        stretch: how many times finer the noise is vertically than horizontally.
        contrast: weight of the fine detail.

    Returns:
        the surface.
    """
    coarse, fine = ValueNoise(rng, 3), ValueNoise(rng, 4, 0.75)

    def texture(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        large = smoothstep(0.25, 0.75, coarse(u * scale * 0.35, v * scale * 0.35 * stretch))
        small = fine(u * scale * 3.0, v * scale * 3.0 * stretch)
        base = mix(colours[0], colours[1], large)
        return base + (colours[2] - base) * (contrast * smoothstep(0.35, 0.75, small))[..., None]

    return texture


SURFACES = (stripes, checks, spots, patches, marble, brindle)
"""Surfaces an object may have, told apart by more than colour."""
