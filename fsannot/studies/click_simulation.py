"""A click baseline on a dataset, with the defaults of ``conf/clicks.yaml``."""

from __future__ import annotations

from pathlib import Path

from fsannot.clicks.clicker import Clicker
from fsannot.clicks.predictor import ClickPredictor
from fsannot.configuration.compose import composed
from fsannot.data.dataset import Dataset
from fsannot.edges.model import EdgeModel
from fsannot.finishing.finisher import Finisher, NoFinisher
from fsannot.human.clock import Clock
from fsannot.runs.directory import RunDirectory, read_run
from fsannot.studies import parts
from fsannot.studies.click_baseline import run_click_baseline
from fsannot.studies.click_run import ClickProtocol


def click(
    dataset: Dataset,
    *,
    folder: Path | str,
    baseline: ClickPredictor | None = None,
    edges: EdgeModel | None = None,
    clicker: Clicker | None = None,
    protocol: ClickProtocol | None = None,
    clock: Clock | None = None,
    finishing: Finisher | None = None,
    cache: Path | str | None = None,
    batch_size: int = 4,
    seed: int = 0,
) -> RunDirectory:
    """Let a simulated annotator click every object of a dataset, as ``fsannot clicks`` does.

    Args:
        dataset: images and ground truth.
        folder: run directory; made when missing. Results are written there image by image.
        baseline: clicks → mask.
        edges: of baselines and finishers that need edge maps; with others it is not used.
        clicker: where the annotator clicks.
        protocol: how often, and until when.
        clock: what a click costs.
        finishing: improves the masks at the end.
        cache: store of edge maps and clicked objects; None takes the folder of the environment variable
            ``FSANNOT_CACHE``, or ``.fsannot/cache``.
        batch_size: images the edge model sees at once.
        seed: of the run, recorded in its results; the clicker and the baseline have seeds of their own.

    A part that is None is the default of ``conf/clicks.yaml``.

    Returns:
        the run directory, read: with ``summary``, ``curve``, ``rows`` and ``masks``.

    Raises:
        InputError: the folder cannot be made, or an image has nothing to click.
        FsannotError: whatever a part has to say of an image.
    """
    baseline = baseline or parts.baseline()
    finishing = finishing or NoFinisher()
    needed = (edges or parts.edges()) if baseline.needs_edges or finishing.needs_edges else None
    run_click_baseline(
        dataset=dataset,
        baseline=baseline,
        edges=needed,
        clicker=clicker or parts.clicker(),
        protocol=protocol or parts.protocol(),
        clock=clock or parts.clock(),
        finishing=finishing,
        folder=Path(folder),
        cache=Path(composed("clicks").cache if cache is None else cache),
        batch_size=batch_size,
        seed=seed,
    )
    return read_run(folder)
