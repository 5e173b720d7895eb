"""Predictors whose answers are known beforehand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fsannot.clicks.click import Click
from fsannot.clicks.predictor import ClickPredictor


class Scripted(ClickPredictor):
    """Answers the k-th click with the k-th mask of a list, float32; the last one stays."""

    name = "scripted"

    def __init__(self, *masks: np.ndarray) -> None:
        self.masks = masks
        self.seen: list[tuple[Click, ...]] = []

    def fingerprint(self) -> str:
        return "00"

    def start(self, image: np.ndarray, edge_map: np.ndarray | None = None) -> None:
        self.edge_map = edge_map
        self.seen.clear()

    def predict(self, clicks: Sequence[Click]) -> np.ndarray:
        self.seen.append(tuple(clicks))
        return self.masks[min(len(clicks), len(self.masks)) - 1].astype(np.float32)


class Disks(ClickPredictor):
    """Disks around the clicks, later ones over earlier ones."""

    name = "disks"

    def __init__(self, radius: float) -> None:
        self.radius = radius

    def fingerprint(self) -> str:
        return "01"

    def start(self, image: np.ndarray, edge_map: np.ndarray | None = None) -> None:
        self.shape = image.shape[:2]

    def predict(self, clicks: Sequence[Click]) -> np.ndarray:
        ys, xs = np.indices(self.shape)
        probability = np.zeros(self.shape, np.float32)
        for click in clicks:
            inside = (ys - click.y) ** 2 + (xs - click.x) ** 2 <= self.radius**2
            probability[inside] = 1.0 if click.positive else 0.0
        return probability
