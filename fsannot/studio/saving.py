"""Masks of the present state, written beside the trace: palette PNGs and the formats of other tools."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fsannot.annotation.session import AnnotationSession
from fsannot.data.dataset import Dataset
from fsannot.data.errors import InputError
from fsannot.exports.formats import FORMATS, write_formats
from fsannot.exports.labelling import Labelling
from fsannot.runs.masks import Task, write_mask
from fsannot.studies.exported import labelling_of


class Saving:
    """Writes what a session has labelled so far.

    Args:
        dataset: the images.
        folder: run directory.
    """

    def __init__(self, dataset: Dataset, folder: Path) -> None:
        self._dataset, self._folder = dataset, folder

    def save(self, session: AnnotationSession) -> dict[str, object]:
        """Write ``masks/`` and ``export/`` of the loaded images; what an earlier save left there is replaced.

        Args:
            session: as far as it is.

        Returns:
            ``images``, how many masks; ``folder``, where; and ``formats``, their names.

        Raises:
            InputError: nothing is labelled.
            ResultsError: a file cannot be written.
        """
        state, names = session.state, self._dataset.ids
        if not (state.labels[state.alive] >= 0).any():
            raise InputError("nothing is labelled yet; drag a box around thumbnails and press a number first")
        loaded = {name: image for image, name in enumerate(names[: len(state.label_maps)])}

        def mask(name: str) -> np.ndarray:
            return state.labels[state.row_map(loaded[name])]

        task = self.task(session.classes)
        for name in loaded:
            write_mask(self._folder, name, mask(name), task=task)
        images = labelling_of(self._dataset, mask, classes=session.classes, only=loaded).images
        written = write_formats(Labelling(images, session.classes, task), self._folder / "export", FORMATS)
        return {"images": len(loaded), "folder": str(self._folder), "formats": ["masks", *written]}

    def task(self, classes: tuple[str, ...]) -> Task:
        """Whether unlabelled is background: as the dataset says, until a person adds a class.

        Args:
            classes: names by index.
        """
        return self._dataset.task if len(classes) == len(self._dataset.classes) else "semantic"
