"""Run directories → one HTML file that needs nothing else: no network, no server, no second file."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from fsannot.data.errors import InputError, ResultsError
from fsannot.evaluation.effort import UNMEASURED
from fsannot.evaluation.results import check_protocol
from fsannot.evaluation.rows import write_atomically
from fsannot.report.comparison import TableRow
from fsannot.report.comparison_files import comparison_table
from fsannot.report.differences import difference_table, paired_differences
from fsannot.report.overlays import difference, outlines
from fsannot.report.palette import COLOURS, MARKS, MISSED, SURPLUS, UNLABELLED, class_colour
from fsannot.report.same_intervals import same_intervals
from fsannot.report.settings import RunSettings, labels, read_settings
from fsannot.report.shown_curve import ShownCurve, shown_curve
from fsannot.report.static_chart import static_chart
from fsannot.report.tables import chosen_on, class_table, provenance, result_table, skipped, unusual_settings
from fsannot.runs.directory import RunDirectory, read_run
from fsannot.runs.gallery import Example, image_scores, nearest
from fsannot.runs.masks import mask_path, read_mask
from fsannot.runs.session_record import SessionRecord
from fsannot.runs.thumbnails import SHEET, Atlas

SCRIPTS = ("data.js", "curves.js", "marks.js", "canvas.js", "projection.js", "gallery.js", "page.js")
CURVE_POINTS = 600
"""More points of a curve than pixels on the screen only make the page heavy."""
POSITION_SCALE = 40.0
"""Positions are stored as whole numbers, 1/40 of a canvas pixel."""
NOWHERE = 65535
NO_CHART = "<p class='quiet'>Nothing is measured: the images of these runs have no ground truth.</p>"


@dataclass(frozen=True, eq=False)
class _Group:
    """Runs that may stand in one table: the same dataset, the same images."""

    title: str
    members: tuple[int, ...]


def write_report(
    runs: Sequence[Path | str],
    output: Path | str,
    *,
    title: str = "Feature space annotation",
    left_out: Sequence[Mapping[str, str]] = (),
    comparison: Sequence[TableRow] = (),
) -> Path:
    """Make one self-contained page of any run directories.

    Args:
        runs: finished run directories; every dataset gets a table and a chart of its own.
        output: the HTML file.
        title: heading of the page.
        left_out: ``{"what": …, "why": …}`` of what the caller skipped, e.g. an absent dataset; added to what
            the runs themselves skipped.
        comparison: rows of a table that sets published numbers beside them; shown first.

    Returns:
        ``output``.

    Raises:
        InputError: no run.
        ResultsError: a run is half written, or the runs are of different protocol versions; names the file.

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
    >>> write_report([folder / "run"], folder / "page.html", title="Two images").name
    'page.html'
    """
    if not runs:
        raise InputError("runs is empty; name at least one run directory: runs=[outputs/a,outputs/b]")
    loaded = [read_run(run) for run in runs]
    check_protocol([run.summary for run in loaded], [str(run.path) for run in loaded])
    write_atomically(output, render(loaded, title=title, left_out=left_out, comparison=comparison).encode())
    return Path(output)


def render(
    runs: Sequence[RunDirectory],
    *,
    title: str = "",
    left_out: Sequence[Mapping[str, str]] = (),
    comparison: Sequence[TableRow] = (),
) -> str:
    """The page of some runs.

    Args:
        runs: read and comparable, see ``write_report``.
        title: heading of the page.
        left_out: ``{"what": …, "why": …}`` of what the caller skipped.
        comparison: rows of a table with published numbers; shown first.

    Returns:
        HTML.
    """
    settings = [read_settings(run) for run in runs]
    shown = [shown_curve(run) for run in runs]
    names = labels(runs, settings)
    groups = _groups(runs)
    measured = [group for group in groups if runs[group.members[0]].measure != UNMEASURED]
    tables = "".join(_tables(group, runs, names, settings) for group in groups)
    data = {
        "colours": COLOURS,
        "marks": MARKS,
        "special": {"unlabelled": UNLABELLED, "surplus": SURPLUS, "missed": MISSED},
        "charts": [{"title": group.title, "runs": group.members} for group in measured],
        "runs": [
            _run(run, name, index, curve)
            for index, (run, name, curve) in enumerate(zip(runs, names, shown, strict=True))
        ],
        "galleries": [
            {"title": group.title, "rows": _gallery(runs, group.members)}
            for group in groups
            if any(runs[i].gallery for i in group.members)
        ],
    }
    assets = resources.files("fsannot.report").joinpath("assets")

    def asset(name: str) -> str:
        return assets.joinpath(name).read_text(encoding="utf-8")

    return Template(asset("page.html")).substitute(
        title=escape(title),
        lead=escape(_lead(runs)),
        style=asset("page.css"),
        tables=comparison_table(comparison) + tables,
        charts=NO_CHART
        if not measured
        else "".join(
            static_chart(
                group.title,
                [(shown[i], names[i], i, bound_of(runs[i])) for i in group.members],
                measure="Mean IoU" if runs[group.members[0]].measure == "iou" else "Pixel agreement",
            )
            for group in measured
        ),
        skipped=skipped([*left_out, *_skipped(runs, names)]),
        provenance=provenance(runs, names),
        data=_script_safe(data),
        script="\n".join(asset(name) for name in SCRIPTS),
    )


def _tables(
    group: _Group, runs: Sequence[RunDirectory], names: Sequence[str], settings: Sequence[RunSettings]
) -> str:
    """Of runs over the same images: results, paired differences, and what is not by default."""
    own = [runs[i] for i in group.members]
    called = [names[i] for i in group.members]
    measure = "IoU" if own[0].measure == "iou" else "Agreement"
    rows = [(same_intervals(runs[i]), names[i], class_colour(i)) for i in group.members]
    drawn = next((summary.ci_over for summary, _, _ in rows if summary.ci_over), None)
    said = f", intervals 95 % over {drawn}" if drawn else ""
    return (
        result_table(f"{group.title}; seconds are per image{said}", rows)
        + class_table(group.title, rows)
        + difference_table(paired_differences(own), called, measure)
        + chosen_on(own)
        + unusual_settings([(names[i], settings[i].program, settings[i].unusual()) for i in group.members])
    )


def _groups(runs: Sequence[RunDirectory]) -> list[_Group]:
    found: dict[tuple[object, ...], list[int]] = {}
    for index, run in enumerate(runs):
        found.setdefault((run.summary.dataset, run.measure, run.images), []).append(index)
    groups = []
    for (dataset, _, images), members in found.items():
        count = len(images) if isinstance(images, tuple) else 0
        methods = {runs[i].summary.method for i in members}
        what = f"{methods.pop()} on {dataset}" if len(methods) == 1 else str(dataset)
        groups.append(_Group(f"{what}, {count} image{'s' if count != 1 else ''}", tuple(members)))
    return groups


def _lead(runs: Sequence[RunDirectory]) -> str:
    datasets = list(dict.fromkeys(run.summary.dataset for run in runs))
    count = f"{len(runs)} run{'s' if len(runs) != 1 else ''}"
    return f"{count} on {', '.join(datasets)}. Protocol version {runs[0].summary.protocol_version}."


def _skipped(runs: Sequence[RunDirectory], names: Sequence[str]) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = []
    for run, name in zip(runs, names, strict=True):
        for entry in run.provenance.get("skipped", []):
            if not isinstance(entry, dict) or not {"what", "why"} <= set(entry):
                raise ResultsError(
                    f"{run.path / 'provenance.json'}: key skipped holds {entry!r}; each needs what and why; run again"
                )
            entries.append({"what": str(entry["what"]), "why": str(entry["why"])})
        if run.session is None:
            entries.append({"what": f"{name}, projection", "why": "the run recorded no session on a canvas"})
        elif (without := int((run.session[1].place < 0).sum())) > 0:
            entries.append(
                {
                    "what": f"{name}, {without} thumbnails",
                    "why": "the smallest segments, to bound the page’s size",
                }
            )
        if run.measure == UNMEASURED:
            entries.append({"what": f"{name}, quality", "why": "its images have no ground truth"})
        if not run.gallery:
            entries.append({"what": f"{name}, example images", "why": "the run stored none of its own"})
    return entries


def _run(run: RunDirectory, name: str, index: int, shown: ShownCurve) -> dict[str, Any]:
    count = len(run.curve)
    picked = np.unique(np.linspace(0, count - 1, min(count, CURVE_POINTS)).round().astype(int))
    points = [run.curve[i] for i in picked]
    return {
        "name": name,
        "dataset": run.summary.dataset,
        "measure": run.measure,
        "colour": class_colour(index),
        "bound": bound_of(run),
        "images": run.summary.images,
        "curve": {
            "human": [round(p.human_seconds_per_image, 4) for p in points],
            "waiting": [round(p.waiting_seconds_per_image, 4) for p in points],
            "quality": [] if run.measure == UNMEASURED else [round(p.quality, 5) for p in points],
            "actions": [p.actions for p in points],
        },
        # of clicks: human seconds and quality of what is drawn; waiting is that of the points above
        "line": {"human": _rounded(shown.seconds, 4), "quality": _rounded(shown.quality, 5)}
        if shown.linear
        else None,
        "session": None if run.session is None else _session(*run.session),
    }


def bound_of(run: RunDirectory) -> float | None:
    """What the partition of a run allows at best, in the measure its curve shows.

    Args:
        run: the run.

    Returns:
        in [0, 1]; None where it is not known.
    """
    return (
        None
        if run.measure == UNMEASURED
        else run.summary.iou_bound
        if run.measure == "iou"
        else run.summary.agreement_bound
    )


def _session(record: SessionRecord, atlas: Atlas) -> dict[str, Any]:
    """Arrays as base64; a layout that stays the same over several keyframes is sent once."""
    layouts: list[np.ndarray] = []
    layout_of: list[int] = []
    for positions in record.positions:
        whole = np.clip(np.nan_to_num(positions) * POSITION_SCALE, 0, NOWHERE - 1).round().astype("<u2")
        whole[~np.isfinite(positions).all(1)] = NOWHERE
        if not layouts or not np.array_equal(layouts[-1], whole):
            layouts.append(whole)
        layout_of.append(len(layouts) - 1)
    return {
        "classes": record.classes,
        "imageIds": record.image_ids,
        "image": _base64(record.image.astype("<i4")),
        "area": _base64(record.area.astype("<i4")),
        "truth": _base64(record.truth.astype("<i2")),
        "steps": [int(step) for step in record.steps],
        "seconds": [round(float(second), 2) for second in record.human_seconds],
        "actions": record.actions,
        "boxes": [
            None if not np.isfinite(b).all() else [round(float(v), 1) for v in b] for b in record.boxes
        ],
        "layouts": _base64(np.stack(layouts)),
        "layoutOf": layout_of,
        "positionScale": POSITION_SCALE,
        "labels": _base64(record.labels.astype("<i2")),
        "tile": atlas.tile,
        "sheet": SHEET,
        "place": _base64(atlas.place.astype("<i4")),
        "sheets": [base64.b64encode(sheet).decode() for sheet in atlas.sheets],
    }


def _gallery(runs: Sequence[RunDirectory], members: Sequence[int]) -> list[dict[str, Any]]:
    """Every example of these runs once, with the mask each of the runs has for it."""
    examples: dict[str, Example] = {}
    for index in members:
        for example in runs[index].gallery:
            examples.setdefault(example.id, example)
    scores = {index: image_scores(runs[index].rows) for index in members}
    rows = []
    for example in examples.values():
        n, shape, target = len(example.classes), example.shape, example.target
        results = []
        for index in members:
            if not mask_path(runs[index].path, example.id).exists() and not runs[index].gallery:
                continue  # a run that keeps no masks; one that keeps examples must have them
            mask = nearest(read_mask(runs[index].path, example.id), (shape[0], shape[1]))
            results.append(
                {
                    "run": index,
                    "score": scores[index].get(example.id),
                    "outline": base64.b64encode(outlines(mask, n)).decode(),
                    "difference": None
                    if target is None
                    else base64.b64encode(difference(mask, target, n)).decode(),
                }
            )
        rows.append(
            {
                "id": example.id,
                "kind": example.kind,
                "classes": example.classes,
                "height": shape[0],
                "width": shape[1],
                "jpeg": base64.b64encode(example.jpeg).decode(),
                "target": None if target is None else base64.b64encode(outlines(target, n)).decode(),
                "results": results,
            }
        )
    return rows


def _rounded(values: np.ndarray, digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _script_safe(data: object) -> str:
    """JSON that cannot end its script element, whatever the texts in it say."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
