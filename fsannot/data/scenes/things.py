"""Solid things in a scene: what they look like under a pose and a light, and the shadow they cast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.data.scenes.canvas import Canvas, in_pixels
from fsannot.data.scenes.noise import ValueNoise, smoothstep
from fsannot.data.scenes.palette import Biome, object_colours
from fsannot.data.scenes.shape import PROP_OUTLINES, Shape, blob, polygon
from fsannot.data.scenes.texture import SURFACES, Texture


@dataclass(frozen=True)
class Thing:
    """Outline and surface, both in coordinates that move along with the thing.

    Attributes:
        shape: outline in [-1, 1]², y upwards.
        texture: surface in the same coordinates.
        upright: whether it stands; others may lie at any angle.
        rough: how far the outline is frayed, as a fraction of its half-width (foliage).
    """

    shape: Shape
    texture: Texture
    upright: bool = False
    rough: float = 0.0


@dataclass(frozen=True)
class Pose:
    """Where a thing stands in the picture, in pixels, y downwards.

    Attributes:
        x, y: centre.
        reach: half its width.
        turn: rotation in radians.
        stretch: width over height.
        lean: shear.
        mirrored: whether it faces the other way.
    """

    x: float
    y: float
    reach: float
    turn: float = 0.0
    stretch: float = 1.0
    lean: float = 0.0
    mirrored: bool = False

    def local(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates in the thing's own frame.

        Args:
            x: float (h, w), columns in pixels.
            y: float (h, w), rows in pixels.

        Returns:
            float (h, w) each: u to the right and v upwards, in units of ``reach``.
        """
        dx, dy = (x - self.x) / self.reach, -(y - self.y) / self.reach
        u = np.cos(self.turn) * dx + np.sin(self.turn) * dy
        v = np.cos(self.turn) * dy - np.sin(self.turn) * dx
        u, v = (u - self.lean * v) / self.stretch, v * self.stretch
        return (-u if self.mirrored else u), v


def prop(rng: np.random.Generator, biome: Biome) -> Thing:
    """A distractor: a small thing with a surface as striking as an object's.

    Args:
        rng: of outline and surface.
        biome: the landscape it lies in.

    Returns:
        the thing.
    """
    outline = PROP_OUTLINES[int(rng.integers(len(PROP_OUTLINES)))]
    colours = object_colours(rng, biome.foliage)
    texture = SURFACES[int(rng.integers(len(SURFACES)))](rng, colours, rng.uniform(1.2, 2.6))
    return Thing(outline(rng), texture)


def rock(rng: np.random.Generator, stone: Texture) -> Thing:
    """A boulder, angular or round.

    Args:
        rng: of the outline.
        stone: its surface.

    Returns:
        the thing.
    """
    return Thing(polygon(rng) if rng.random() < 0.6 else blob(rng), stone, rough=0.03)


def crown(rng: np.random.Generator, foliage: Texture) -> Thing:
    """A ball of leaves; a tree or bush is made of several.

    Args:
        rng: of the outline.
        foliage: its surface.

    Returns:
        the thing.
    """
    return Thing(blob(rng), foliage, upright=True, rough=0.22)


def draw(
    canvas: Canvas,
    thing: Thing,
    pose: Pose,
    light: np.ndarray,
    label: int,
    instance: int = 0,
    fray: ValueNoise | None = None,
) -> None:
    """Paint a thing.

    Args:
        canvas: the picture to paint on.
        thing: outline and surface.
        pose: where and how it lies.
        light: float (3,), direction towards the light: right, down, towards the viewer.
        label: class index.
        instance: number of the instance, 0 = none.
        fray: noise along the outline; None for a smooth outline.
    """
    window = canvas.window(pose.x, pose.y, pose.reach * 1.6)
    x, y = canvas.pixels(window)
    if min(x.shape) < 2:
        return
    u, v = pose.local(x, y)
    field: np.ndarray = thing.shape(u, v).astype(np.float32)
    if thing.rough and fray is not None:
        field = field + thing.rough * (fray(u * 7 + pose.x, v * 7 + pose.y) - 0.5) * 2
    colour = thing.texture(u, v) * _roundness(field, pose.reach, light)[..., None]
    canvas.paint(window, in_pixels(field), colour, label, instance)


def cast_shadow(canvas: Canvas, x: float, y: float, reach: float, light: np.ndarray, strength: float) -> None:
    """Paint a soft shadow on the ground below a thing.

    Args:
        canvas: the picture to paint on.
        x: column of the thing's foot, pixels.
        y: row of the thing's foot, pixels.
        reach: half the thing's width, pixels.
        light: float (3,), direction towards the light; the shadow falls on the other side.
        strength: in [0, 1], 1 = black.
    """
    x = x - light[0] * reach * 0.7
    window = canvas.window(x, y, reach * 1.8)
    px, py = canvas.pixels(window)
    away = np.hypot((px - x) / (reach * 1.05), (py - y) / (reach * 0.24))
    canvas.shade(window, strength * smoothstep(1.25, 0.6, away))


def _roundness(field: np.ndarray, reach: float, light: np.ndarray) -> np.ndarray:
    """Brightness (h, w) of a thing that bulges towards the viewer."""
    height = smoothstep(0.0, 0.6, -field) * reach * 0.55
    slope_y, slope_x = np.gradient(height)
    facing = (-slope_x * light[0] - slope_y * light[1] + light[2]) / np.sqrt(slope_x**2 + slope_y**2 + 1)
    return (0.5 + 0.65 * np.clip(facing, 0, 1)).astype(np.float32)
