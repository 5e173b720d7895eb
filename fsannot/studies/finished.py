"""Masks after finishing: made and judged once the annotator has stopped, beside those of the labels."""

from __future__ import annotations

import dataclasses
import time
import zlib
from dataclasses import dataclass

import numpy as np

from fsannot.annotation.session import AnnotationSession
from fsannot.data.dataset import Dataset
from fsannot.finishing.finisher import Finisher, NoFinisher
from fsannot.progress import counted
from fsannot.runs.masks import final_labels
from fsannot.simulation.results import unit_scores
from fsannot.simulation.simulate import SimulationResult, final_mask
from fsannot.studies.finished_scores import FinishedScores


@dataclass(frozen=True, eq=False)
class FinishedResult(SimulationResult):
    """A simulation whose masks were finished; its rows and summary have both measures.

    Attributes:
        packed: of each image, its finished mask, int16 (H, W), compressed: they are few bytes.
    """

    packed: tuple[bytes, ...]

    def mask(self, image: int) -> np.ndarray:
        """Final class of each pixel of an image, after finishing.

        Args:
            image: its index in the dataset.

        Returns:
            int16 (H, W), −1 where nothing was labelled.
        """
        shape = self.dataset.image(image).shape[:2]
        return np.frombuffer(zlib.decompress(self.packed[image]), np.int16).reshape(shape)


def finished_result(result: SimulationResult, finisher: Finisher) -> SimulationResult:
    """Finish the masks of a simulation, one image at a time, and judge them.

    Args:
        result: of the simulation; its labels stay what they are.
        finisher: how.

    Returns:
        the result with finished masks, and with ``finished_…`` in its rows and summary; the same result with
        ``NoFinisher``.
    """
    if isinstance(finisher, NoFinisher):
        return result
    dataset, found, packed = result.dataset, FinishedScores(result.dataset, finisher.name), []
    for image in counted(range(len(dataset)), "finished masks", unit="image"):
        start = time.perf_counter()
        labels = finished_mask(dataset, result.session, image, finisher)
        seconds = time.perf_counter() - start
        sample = dataset[image]
        found.add(sample, labels, unit_scores(dataset, sample, labels), seconds)
        packed.append(zlib.compress(labels.tobytes(), 1))
    rows = found.rows(result.rows)
    summary = found.summary(result.summary, rows)
    fields = {field.name: getattr(result, field.name) for field in dataclasses.fields(SimulationResult)}
    return FinishedResult(**fields | {"rows": rows, "summary": summary}, packed=tuple(packed))


def finished_mask(dataset: Dataset, session: AnnotationSession, image: int, finisher: Finisher) -> np.ndarray:
    """The finished mask of one image of a session.

    Args:
        dataset: the images.
        session: as the annotator left it.
        image: index in the dataset.
        finisher: how.

    Returns:
        int16 (H, W), −1 = unlabelled, in semantic sets only.
    """
    labels = final_labels(final_mask(dataset, session, image), dataset.task)
    if image >= len(session.state.label_maps):
        return labels  # nothing of it was labelled
    images = session.engine.images
    edge_map = images.edge_map(image) if finisher.needs_edges else None
    return finisher.finish(images.image(image), labels, session.state.label_maps[image], edge_map).labels
