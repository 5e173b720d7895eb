"""A landscape with objects in it, painted from back to front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from fsannot.data.scenes.canvas import Canvas
from fsannot.data.scenes.noise import ValueNoise, smoothstep
from fsannot.data.scenes.palette import BIOMES, Biome, biome, object_colours
from fsannot.data.scenes.shape import OUTLINES, animal
from fsannot.data.scenes.texture import SURFACES, Texture, ground_cover, marble, mix
from fsannot.data.scenes.things import Pose, Thing, cast_shadow, crown, draw, prop, rock

CLASSES = ("sky", "hill", "ground", "water", "tree", "rock", "prop", "object")
SKY, HILL, GROUND, WATER, TREE, ROCK, PROP, OBJECT = range(len(CLASSES))


@dataclass(frozen=True)
class Identity:
    """What the pictures of a group share: the landscape's colours and surfaces, and the object."""

    biome: Biome
    hill: Texture
    ground: Texture
    object: Thing

    @classmethod
    def draw(cls, seed: int, group: int) -> Identity:
        """Identity of a group; landscapes, outlines and surfaces alternate, so that consecutive groups differ.

        Args:
            seed: of the dataset.
            group: number of the group, from 0.

        Returns:
            the identity.
        """
        turn = np.random.default_rng([seed, 2])
        names = sorted(BIOMES)
        landscape = names[turn.permutation(len(names))[group % len(names)]]
        outline = OUTLINES[turn.permutation(len(OUTLINES))[group % len(OUTLINES)]]
        surface = SURFACES[turn.permutation(len(SURFACES))[group % len(SURFACES)]]
        rng = np.random.default_rng([seed, 0, group])
        colours = biome(landscape, rng)
        hill = ground_cover(rng, colours.hill, rng.uniform(2.0, 4.0))
        ground = ground_cover(rng, colours.ground, rng.uniform(1.2, 2.4), rng.uniform(0.6, 1.6))
        skin = surface(rng, object_colours(rng, colours.ground), rng.uniform(1.8, 3.6))
        return cls(colours, hill, ground, Thing(outline(rng), skin, upright=outline is animal))


class Scene:
    """One picture of a group.

    Args:
        size: (H, W) in pixels.
        identity: what it shares with its group.
        rng: of everything else: view, light, poses, clutter.
    """

    def __init__(self, size: tuple[int, int], identity: Identity, rng: np.random.Generator) -> None:
        self._rng, self._identity = rng, identity
        self._canvas = Canvas(size)
        self._unit = min(size)
        self._horizon = size[0] * rng.uniform(0.22, 0.42)
        side = rng.uniform(-0.85, 0.85)
        self._light = np.array([side, -rng.uniform(0.35, 0.8), 0.65]) / np.hypot(np.hypot(side, 0.6), 0.65)
        self._fray = ValueNoise(rng, 2)
        self._foliage = ground_cover(rng, identity.biome.foliage, 2.2)
        self._stone = marble(rng, identity.biome.rock, rng.uniform(1.5, 3.0))
        self._shadow = rng.uniform(0.25, 0.55)

    def render(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Image uint8 (H, W, 3), target int32 (H, W) in ``CLASSES``, instances int32 (H, W) of objects."""
        self._paint_sky()
        self._paint_hills()
        self._paint_ground()
        if self._rng.random() < 0.45:
            self._paint_water()
        self._paint_things()
        return self._photograph(), self._canvas.target, self._canvas.instances

    def _rows(self, top: float, bottom: float) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
        """Window over the full width between two heights, and its pixels."""
        h, w = self._canvas.size
        window = (slice(max(0, int(top)), min(h, int(bottom) + 1)), slice(0, w))
        return window, *self._canvas.pixels(window)

    def _paint_sky(self) -> None:
        window, x, y = self._rows(0, self._horizon + 0.05 * self._unit)
        tones, clouds = self._identity.biome.sky, ValueNoise(self._rng, 5, 0.55)
        low = self._rng.uniform(0.42, 0.56)
        sky = mix(tones[0], tones[1], np.clip(y / (self._horizon + 1), 0, 1) ** 0.8)
        cover = smoothstep(low, low + 0.25, clouds(x / self._unit * 3, y / self._unit * 7))
        self._canvas.paint(
            window, np.full(y.shape, -1.0), sky + (tones[2] - sky) * (0.8 * cover)[..., None], SKY
        )

    def _paint_hills(self) -> None:
        layers = int(self._rng.integers(1, 4))
        for layer in range(layers):
            ridge = ValueNoise(self._rng, 4, 0.45)
            rise = self._unit * self._rng.uniform(0.12, 0.3) * (1 - 0.3 * layer / layers)
            window, x, y = self._rows(self._horizon - 1.2 * rise, self._horizon + 0.05 * self._unit)
            along = ridge(x[:1] / self._unit * 1.3 + 20 * layer, np.zeros_like(x[:1]))
            top = self._horizon + 2 - rise * (0.15 + along)
            surface = self._identity.hill(x / self._unit * 2, (y - top) / self._unit * 2)
            haze = 0.55 * (1 - (layer + 1) / (layers + 1))
            self._canvas.paint(
                window, top - y, surface * (1 - haze) + self._identity.biome.sky[1] * haze, HILL
            )

    def _paint_ground(self) -> None:
        window, x, y = self._rows(self._horizon - 0.05 * self._unit, self._canvas.size[0])
        # a plane seen from above at a slant: what is far is smaller, and fades into haze
        depth = self._depth(y)
        across = (x - x.mean()) / self._unit * depth
        surface = self._identity.ground(across * 1.3, 2.4 * depth)
        bare, tone = ValueNoise(self._rng, 4), self._identity.biome.rock[int(self._rng.integers(2))]
        worn = smoothstep(0.56, 0.66, bare(across * 1.6 + 40, 2.8 * depth)) * self._rng.uniform(0.2, 0.7)
        surface = surface + (0.75 * tone + 0.25 * surface - surface) * worn[..., None]
        haze = 0.5 * smoothstep(2.5, 8.0, depth)
        surface = surface + (self._identity.biome.hill[1] - surface) * haze[..., None]
        edge = ValueNoise(self._rng, 3)(x[:1] / self._unit * 4, np.zeros_like(x[:1]))
        line = self._horizon + self._unit * 0.03 * (edge - 0.5)
        self._canvas.paint(window, line - y, surface, GROUND)

    def _paint_water(self) -> None:
        h, w = self._canvas.size
        window, x, y = self._rows(self._horizon, self._horizon + 0.8 * (h - self._horizon))
        cx, cy = (
            w * self._rng.uniform(0.1, 0.9),
            self._horizon + (h - self._horizon) * self._rng.uniform(0.15, 0.45),
        )
        shore, waves = ValueNoise(self._rng, 3), ValueNoise(self._rng, 3)
        around = np.hypot(
            (x - cx) / (self._unit * self._rng.uniform(0.4, 0.75)), (y - cy) / (self._unit * 0.11)
        )
        field = around - 0.7 - 0.6 * shore(x / self._unit * 5, y / self._unit * 12)
        tones = self._identity.biome.water
        ripple = waves(x / self._unit * 9, y / self._unit * 60)
        surface = mix(tones[0], tones[1], np.clip((y - cy) / (self._unit * 0.25) + 0.5, 0, 1))
        surface = surface + (tones[2] - surface) * (0.7 * smoothstep(0.55, 0.8, ripple))[..., None]
        field[y < self._horizon + 0.02 * self._unit] = 1.0
        self._canvas.paint(window, field * self._unit * 0.1, surface, WATER)

    def _paint_things(self) -> None:
        """All solid things, the farther ones first."""
        rng, h = self._rng, self._canvas.size[0]
        below = h - self._horizon
        depths: list[tuple[float, int]] = []
        for label, low, high, near, far in (
            (TREE, 1, 8, 0.02, 0.55),
            (ROCK, 2, 9, 0.05, 0.95),
            (PROP, 2, 7, 0.1, 0.95),
            (OBJECT, 1, 4, 0.35, 0.85),
        ):
            depths += [
                (self._horizon + below * rng.uniform(near, far), label)
                for _ in range(rng.integers(low, high))
            ]
        paint = {TREE: self._paint_tree, ROCK: self._paint_rock, PROP: self._paint_prop}
        for number, (base, label) in enumerate(sorted(depths), start=1):
            if label == OBJECT:
                self._paint_object(base, number)
            else:
                paint[label](base)

    def _paint_tree(self, base: float) -> None:
        rng, x = self._rng, self._canvas.size[1] * self._rng.uniform(0, 1)
        reach = self._unit * rng.uniform(0.13, 0.22) * self._nearness(base)
        height = reach * rng.choice([0.15, rng.uniform(1.0, 2.0)])  # a bush or a tree
        cast_shadow(self._canvas, x, base, reach, self._light, self._shadow)
        window = self._canvas.window(x, base - height / 2, height)
        px, py = self._canvas.pixels(window)
        width = reach * (0.1 + 0.05 * np.clip((py - base + height) / height, 0, 1))
        dark, light = self._identity.biome.rock[[2, 0]] * np.array([0.75, 0.6, 0.45], np.float32)
        bark = mix(dark, light, self._fray(px / 3, py / 17))
        trunk = np.maximum(np.abs(px - x) - width, np.maximum(py - base, base - height - py))
        self._canvas.paint(window, trunk, bark, TREE)
        for _ in range(int(rng.integers(2, 5))):
            at = x + reach * rng.uniform(-0.45, 0.45), base - height - reach * rng.uniform(-0.2, 0.5)
            pose = Pose(*at, reach * rng.uniform(0.6, 0.9), turn=rng.uniform(0, 6.3))
            draw(self._canvas, crown(rng, self._foliage), pose, self._light, TREE, fray=self._fray)

    def _paint_rock(self, base: float) -> None:
        rng = self._rng
        reach = self._unit * rng.uniform(0.04, 0.14) * self._nearness(base)
        self._stand(rock(rng, self._stone), base, reach, rng.uniform(0.8, 1.6), ROCK)

    def _paint_prop(self, base: float) -> None:
        reach = self._unit * self._rng.uniform(0.05, 0.12) * self._nearness(base)
        self._stand(prop(self._rng, self._identity.biome), base, reach, self._rng.uniform(0.85, 1.2), PROP)

    def _paint_object(self, base: float, number: int) -> None:
        rng = self._rng
        reach = self._unit * rng.uniform(0.17, 0.3) * self._nearness(base)
        self._stand(self._identity.object, base, reach, rng.uniform(0.9, 1.12), OBJECT, number)

    def _stand(
        self, thing: Thing, base: float, reach: float, stretch: float, label: int, instance: int = 0
    ) -> None:
        """Draw ``thing`` standing on the ground at height ``base`` of the picture, with shadow and grass."""
        rng, w = self._rng, self._canvas.size[1]
        x = w * rng.uniform(0.12, 0.88) if instance else w * rng.uniform(0, 1)
        turn = rng.normal(0, 0.1) if thing.upright else rng.uniform(0, 2 * np.pi)
        pose = Pose(
            x,
            base - reach * 0.75 / stretch,
            reach,
            turn,
            stretch,
            rng.normal(0, 0.08),
            bool(rng.random() < 0.5),
        )
        cast_shadow(self._canvas, x, base, reach, self._light, self._shadow)
        draw(self._canvas, thing, pose, self._light, label, instance, self._fray)
        self._paint_tuft(x, base, reach)

    def _paint_tuft(self, x: float, base: float, reach: float) -> None:
        """Blades of ground cover in front of what stands there."""
        rng, tones = self._rng, self._identity.biome.ground
        for _ in range(int(rng.integers(0, 9))):
            foot = x + reach * rng.uniform(-1, 1), base + reach * rng.uniform(0.02, 0.2)
            height, lean = reach * rng.uniform(0.15, 0.42), rng.normal(0, 0.25)
            window = self._canvas.window(foot[0], foot[1] - height / 2, height)
            px, py = self._canvas.pixels(window)
            up = (foot[1] - py) / height
            width = np.maximum(0.9, reach * 0.035) * np.clip(1 - up, 0, 1)
            blade = np.abs(px - foot[0] - lean * height * up**2) - width
            blade = np.where((up < 0) | (up > 1), 2.0, blade)
            colour = mix(tones[2] * 0.7, tones[1], np.clip(up, 0, 1)) * rng.uniform(0.75, 1.1)
            self._canvas.paint(window, blade, colour, GROUND)

    def _photograph(self) -> np.ndarray:
        """Light that changes over the scene, exposure, colour of the light, lens and sensor."""
        rng, image = self._rng, self._canvas.image
        h, w = self._canvas.size
        _, x, y = self._rows(0, h)
        dapple = ValueNoise(rng, 3)
        shadow = smoothstep(0.45, 0.6, dapple(x / self._unit * 2.2, y / self._unit * 4.5))
        # clouds throw their shadows on the land only
        shade = 1 - rng.uniform(0, 0.45) * shadow * smoothstep(self._horizon, self._horizon + 0.1 * h, y)
        slope = 1 + rng.normal(0, 0.14) * (x / w - 0.5) + rng.normal(0, 0.1) * (y / h - 0.5)
        warmth = rng.normal(0, 0.05)
        gain = np.float32(rng.uniform(0.78, 1.12)) * np.array([1 + warmth, 1.0, 1 - warmth], np.float32)
        vignette = 1 - rng.uniform(0, 0.25) * ((x / w - 0.5) ** 2 + (y / h - 0.5) ** 2) * 2
        lit = image * (shade * slope * vignette)[..., None] * gain
        lit = np.clip(lit, 0, 1) ** rng.uniform(0.85, 1.2)
        lens = rng.uniform(0.0008, 0.0022) * self._unit
        lit = gaussian_filter(lit, (lens, lens, 0))
        grain = rng.uniform(0.006, 0.02)
        lit = lit + grain * rng.standard_normal((h, w, 3), np.float32)
        return np.round(np.clip(lit, 0, 1) * 255).astype(np.uint8)

    def _depth(self, y: np.ndarray) -> np.ndarray:
        """Distance of the ground at height ``y`` of the picture: 1 at its lower edge, 11 at the horizon."""
        down = np.clip((y - self._horizon) / (self._canvas.size[0] - self._horizon), 0, 1)
        return 1.1 / (down + 0.1)

    def _nearness(self, base: float) -> float:
        """Size of things that stand at height ``base``, relative to those at the lower edge."""
        return float(0.35 + 0.65 * (base - self._horizon) / (self._canvas.size[0] - self._horizon))
