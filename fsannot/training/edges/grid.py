"""Pictures of what the network predicts, once an epoch: as files and in the logger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytorch_lightning as pl
from pytorch_lightning.loggers import TensorBoardLogger, WandbLogger

from fsannot.training.edges.module import EdgeTraining


class PredictionGrid(pl.Callback):
    """One row an image: picture, edge map. ``<folder>/epoch_<n>.png``, and the logger where it takes images.

    Args:
        images: uint8 (H, W, 3), a few.
        folder: where the files go; made when needed.
        width: of one picture in the grid, pixels.
    """

    def __init__(self, images: Sequence[np.ndarray], folder: str | Path, width: int = 240) -> None:
        self.images = tuple(images)
        self.folder = Path(folder)
        self.width = width

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the grid of this epoch; Lightning calls it with ``trainer`` and ``pl_module``."""
        if not self.images or trainer.sanity_checking or not isinstance(pl_module, EdgeTraining):
            return
        if not trainer.is_global_zero:  # one set of files
            return
        grid = np.concatenate([self._row(pl_module, image) for image in self.images])
        self.folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(self.folder / f"epoch_{trainer.current_epoch:03d}.png"), grid[..., ::-1])
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                logger.log_image("predictions", [grid], step=trainer.global_step)
            elif isinstance(logger, TensorBoardLogger):
                logger.experiment.add_image("predictions", grid, trainer.global_step, dataformats="HWC")

    def _row(self, module: EdgeTraining, image: np.ndarray) -> np.ndarray:
        edges = np.repeat(np.rint(255 * module.predict_map(image)).astype(np.uint8)[..., None], 3, axis=2)
        size = (self.width, self.width * 2 // 3)
        cells = [cv2.resize(cell, size, interpolation=cv2.INTER_AREA) for cell in (image, edges)]
        return np.concatenate(cells, axis=1)
