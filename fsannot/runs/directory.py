"""A run directory, read and checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fsannot.data.chosen import chosen_sentence
from fsannot.data.errors import ResultsError
from fsannot.evaluation.effort import CurvePoint, read_curve
from fsannot.evaluation.results import ResultRow, Summary, read_json, read_results, read_summary
from fsannot.runs.gallery import Example, read_gallery
from fsannot.runs.masks import MaskMapping, read_mask
from fsannot.runs.older_versions import without_preparation
from fsannot.runs.session_record import SessionRecord, read_record
from fsannot.runs.thumbnails import Atlas

REQUIRED = ("provenance.json", "results.csv", "curve.csv", "summary.json")


@dataclass(frozen=True, eq=False)
class RunDirectory:
    """What a finished run left behind.

    Attributes:
        path: the directory.
        config: text of ``config.yaml``; empty where the run has none, as runs of plain Python before version 0.2.
        provenance: of ``provenance.json``; its optional key ``skipped`` lists ``{"what": …, "why": …}``.
        rows, summary, curve: of ``results.csv``, ``summary.json`` and ``curve.csv``.
        session: the recorded session and its thumbnails; ``None`` for click baselines.
        gallery: example images; may be empty.
    """

    path: Path
    config: str
    provenance: dict[str, Any]
    rows: tuple[ResultRow, ...]
    summary: Summary
    curve: tuple[CurvePoint, ...]
    session: tuple[SessionRecord, Atlas] | None
    gallery: tuple[Example, ...]

    @property
    def measure(self) -> str:
        """``"iou"`` or ``"agreement"``: what the curve shows; ``"none"`` of images without ground truth."""
        return self.curve[0].measure

    @property
    def chosen_on(self) -> str:
        """What images the settings were chosen on, as a sentence; empty for runs that do not say."""
        return _chosen_on(self.provenance)

    @property
    def images(self) -> tuple[str, ...]:
        """Ids of the evaluated images, in rising order."""
        return tuple(sorted({row.image for row in self.rows}))

    @property
    def masks(self) -> Mapping[str, np.ndarray]:
        """Image id → class of each pixel, int32 (H, W); each file is read when it is asked for, see ``read_mask``."""
        return MaskMapping(self.images, lambda name: read_mask(self.path, name))


def read_chosen_on(path: Path | str) -> str:
    """What images the settings of a run were chosen on.

    Args:
        path: run directory.

    Returns:
        a sentence; empty for runs that do not say.

    Raises:
        ResultsError: ``provenance.json`` is missing or not whole.
    """
    return _chosen_on(read_json(Path(path) / "provenance.json"))


def _chosen_on(provenance: Mapping[str, Any]) -> str:
    record = provenance.get("settings_chosen_on")
    return chosen_sentence(record) if record else ""


def read_run(path: Path | str) -> RunDirectory:
    """Read a run directory.

    Args:
        path: the run directory, of this version or version 0.1.

    Returns:
        its files, read and compared with each other.

    Raises:
        ResultsError: it does not exist, is half written, or its files contradict each other; the message
            names the file and, where it can, the column or key.

    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from fsannot.data.synthetic import Synthetic
    >>> from fsannot.edges.gradient import Gradient
    >>> from fsannot.hierarchy.partitioner import Partitioner
    >>> from fsannot.studies.majority import run_majority
    >>> folder = Path(mkdtemp())
    >>> summary = run_majority(
    ...     dataset=Synthetic(images=2, size=(48, 56)), edges=Gradient(), hierarchy=Partitioner("area", threshold=60.0),
    ...     folder=folder / "run", cache=folder / "cache", workers=0,
    ... )
    >>> run = read_run(folder / "run")
    >>> run.summary == summary, run.measure, len(run.images)
    (True, 'iou', 2)
    """
    path = Path(path)
    if not path.is_dir():
        raise ResultsError(f"{path}: no such run directory; give the hydra.run.dir of a finished run")
    missing = [name for name in REQUIRED if not (path / name).is_file()]
    if missing:
        raise ResultsError(
            f"{path}: run directory is half written, {', '.join(missing)} is missing; "
            "start the run again with the same hydra.run.dir, it resumes"
        )
    rows, summary = tuple(read_results(path / "results.csv")), read_summary(path / "summary.json")
    provenance = read_json(path / "provenance.json")
    for key in ("method", "dataset", "seed"):
        values = {getattr(row, key) for row in rows}
        if values != {getattr(summary, key)}:
            raise ResultsError(
                f"{path / 'results.csv'}: column {key} holds {sorted(map(str, values))}, "
                f"summary.json says {getattr(summary, key)!r}; one run directory holds one run"
            )
    images = len({row.image for row in rows})
    if images != summary.images:
        raise ResultsError(
            f"{path / 'results.csv'}: half written, it has {images} images and summary.json "
            f"{summary.images}; start the run again with the same hydra.run.dir, it resumes"
        )
    version = provenance.get("protocol_version", summary.protocol_version)
    if str(version) != summary.protocol_version:
        raise ResultsError(
            f"{path / 'provenance.json'}: key protocol_version is {version!r}, "
            f"summary.json says {summary.protocol_version!r}; run again"
        )
    config = path / "config.yaml"
    rows, summary, curve = without_preparation(rows, summary, read_curve(path / "curve.csv"))
    return RunDirectory(
        path=path,
        config=_text(config) if config.is_file() else "",
        provenance=provenance,
        rows=rows,
        summary=summary,
        curve=curve,
        session=read_record(path),
        gallery=tuple(read_gallery(path)),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{path}: not readable text ({error}); restore it, or run again") from error
