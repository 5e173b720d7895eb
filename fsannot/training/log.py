"""One log line per epoch, for runs without a terminal."""

from __future__ import annotations

import logging
import time

import pytorch_lightning as pl


class EpochLog(pl.Callback):
    """Logs epoch, losses, validation score and seconds; of several devices, the first one logs.

    Args:
        log: where lines go.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._start = 0.0

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock of the epoch; Lightning calls it with ``trainer`` and ``pl_module``."""
        self._start = time.perf_counter()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Log the epoch; Lightning calls it with ``trainer`` and ``pl_module``."""
        if not trainer.is_global_zero:
            return
        values = {k: float(v) for k, v in trainer.callback_metrics.items()}
        shown = ", ".join(f"{name} {value:.4g}" for name, value in sorted(values.items()))
        seconds = time.perf_counter() - self._start
        self._log.info(
            "epoch %d of %s: %s, %.0f s", trainer.current_epoch + 1, trainer.max_epochs, shown, seconds
        )
