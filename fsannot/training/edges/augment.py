"""One random view of an image and its label maps: flip, scale, rotation, crop, colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE

MISALIGNED = 5
"""Pixels: within half of this of an unlabelled area, boundaries are unknown."""


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Random view of ``crop`` × ``crop`` pixels; what lies outside the image is unlabelled.

    Label maps are warped as regions and boundaries taken afterwards, so that a boundary is one pixel wide at
    every scale and angle.

    Args:
        crop: side of the view in pixels, a multiple of 32.
        scale: smallest and largest magnification; drawn log-uniformly.
        rotation: largest angle in degrees; half of the views are not rotated.
        colour: 0 leaves colours alone; 1 varies brightness, contrast, saturation and white balance by what
            photographs differ in.
    """

    crop: int = 320
    scale: tuple[float, float] = (0.6, 1.6)
    rotation: float = 12.0
    colour: float = 1.0

    def __post_init__(self) -> None:
        if self.crop < 32 or self.crop % 32:
            raise InputError(f"augmentation: crop={self.crop} is not valid; a positive multiple of 32")
        low, high = self.scale
        if not 0 < low <= high:
            raise InputError(f"augmentation: scale={self.scale} is not valid; 0 < smallest ≤ largest")
        if not 0 <= self.rotation <= 180:
            raise InputError(f"augmentation: rotation={self.rotation} is not valid; degrees in [0, 180]")
        if not 0 <= self.colour <= 1:
            raise InputError(f"augmentation: colour={self.colour} is not valid; a fraction in [0, 1]")

    def __call__(
        self, image: np.ndarray, labels: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """A view.

        Args:
            image: uint8 (H, W, 3).
            labels: int32 (H, W, K), ``IGNORE`` where unlabelled.

        Returns:
            float32 (crop, crop, 3) in 0–255 and int32 (crop, crop, K).
        """
        matrix, scale = self._matrix(image.shape[:2], rng)
        size = (self.crop, self.crop)
        # INTER_AREA is plain bilinear in a warp; below half size, blur first or texture aliases into edges
        if scale < 0.75:
            image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
        view = cv2.warpAffine(
            image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.float32)
        warped = [
            cv2.warpAffine(
                # float64 keeps every int32 label exactly; OpenCV warps no int32
                np.ascontiguousarray(labels[..., k], np.float64),
                matrix,
                size,
                flags=cv2.INTER_NEAREST,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=IGNORE,
            )
            for k in range(labels.shape[2])
        ]
        return self._recoloured(view, rng), np.stack(warped, axis=-1).astype(np.int32)

    def _matrix(self, shape: tuple[int, ...], rng: np.random.Generator) -> tuple[np.ndarray, float]:
        low, high = np.log(self.scale)
        scale = float(np.exp(rng.uniform(low, high)))
        angle = np.deg2rad(rng.uniform(-self.rotation, self.rotation)) if rng.random() < 0.5 else 0.0
        flip = -1.0 if rng.random() < 0.5 else 1.0
        c, s = np.cos(angle) * scale, np.sin(angle) * scale
        turn = np.array([[flip * c, -s], [flip * s, c]])
        slack = [max(0.0, side - self.crop / scale) / 2 for side in (shape[1], shape[0])]
        centre = np.array([shape[1], shape[0]]) / 2 + [rng.uniform(-d, d) for d in slack]
        return np.column_stack([turn, self.crop / 2 - turn @ centre]), scale

    def _recoloured(self, view: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if self.colour == 0 or rng.random() < 0.2:
            return view
        a = self.colour
        view = view * rng.uniform(1 - 0.3 * a, 1 + 0.3 * a) + rng.uniform(-25 * a, 25 * a)
        grey = view.mean(axis=-1, keepdims=True)
        view = grey + (view - grey) * rng.uniform(1 - 0.4 * a, 1 + 0.4 * a)
        view = view * rng.uniform(1 - 0.08 * a, 1 + 0.08 * a, 3)
        return np.clip(view, 0, 255).astype(np.float32)


def label_boundaries(labels: np.ndarray) -> np.ndarray:
    """Boundaries of label maps: the pixel left of or above a change of label; a change to unlabelled is none.

    Args:
        labels: int32 (H, W, K), ``IGNORE`` where unlabelled.

    Returns:
        bool (H, W, K).

    Examples:
        >>> label_boundaries(np.array([[[0], [0], [1]]]))[..., 0]
        array([[False,  True, False]])
    """
    known = labels != IGNORE
    found = np.zeros(labels.shape, bool)
    found[:, :-1] |= (labels[:, 1:] != labels[:, :-1]) & known[:, 1:] & known[:, :-1]
    found[:-1] |= (labels[1:] != labels[:-1]) & known[1:] & known[:-1]
    return found


def consensus_target(labels: np.ndarray, agreement: float) -> np.ndarray:
    """What K annotators agree on.

    Args:
        labels: int32 (H, W, K), ``IGNORE`` where unlabelled.
        agreement: fraction of annotators that makes a boundary, in (0, 1].

    Returns:
        int8 (H, W): 1 where at least that fraction has a boundary in this very pixel, 0 where none has, ``IGNORE``
        where fewer have (their lines differ by a pixel or two) or where it is unlabelled nearby.
    """
    fraction = label_boundaries(labels).mean(axis=-1)
    target = np.where(fraction >= agreement, 1, np.where(fraction > 0, IGNORE, 0))
    known = (labels != IGNORE).all(axis=-1).astype(np.uint8)
    near = cv2.erode(known, np.ones((MISALIGNED, MISALIGNED), np.uint8), borderValue=1)
    return np.where(near > 0, target, IGNORE).astype(np.int8)
