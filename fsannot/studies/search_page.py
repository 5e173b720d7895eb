"""The report of a search: parallel coordinates, importance of the parameters, trials, best configuration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from fsannot.evaluation.rows import write_atomically
from fsannot.studies.search_results import SearchTrial, StudyResults, Value, best_configuration

WIDTH, HEIGHT, TOP, BOTTOM, SIDE = 960, 380, 48, 40, 70
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1c2430;background:#f6f7f9;margin:0 auto;max-width:62rem;padding:1.5rem}
section{background:#fff;border:1px solid #dde1e7;border-radius:8px;padding:1rem 1.25rem;margin:1rem 0;overflow-x:auto}
h1{margin:.2em 0}h2{font-size:1.1rem;margin:.2em 0 .8em}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.25rem .7rem;border-bottom:1px solid #e7eaee;text-align:right}
th:first-child,td:first-child{text-align:left}
pre{background:#f1f3f6;padding:.8rem;border-radius:6px;overflow-x:auto}
.bar{display:inline-block;height:.8em;background:#0072b2;vertical-align:middle;margin-right:.5em}
.line{fill:none;stroke-width:1.6;opacity:.75}.line:hover,.line:focus{stroke-width:4;opacity:1;outline:none}
caption{text-align:left;color:#5a6473;padding:.6rem .7rem .2rem}.where{color:#5a6473}
.best{font-weight:600;background:#fff6e0}text{font-size:12px;fill:#1c2430}
"""


def write_study_page(study: StudyResults, output: Path) -> Path:
    """Write a self-contained page without any script.

    Args:
        study: of the search.
        output: the HTML file.

    Returns:
        ``output``.

    Raises:
        ResultsError: the file cannot be written.
    """
    best = study.best
    stopped = sum(trial.pruned for trial in study.trials)
    lead = (
        f"{len(study.trials)} finished trials, {stopped} of them stopped early; {study.unfinished} not finished. "
        f"Best objective {best.objective:.4f}, trial {best.number}."
    )
    page = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:\"><link rel='icon' href='data:,'>"
        f"<title>Search {escape(study.name)}</title><style>{STYLE}</style></head><body>"
        f"<h1>Search {escape(study.name)}</h1><p>{escape(lead)}</p>"
        "<section><h2>Parallel coordinates</h2>"
        "<p>One line a trial; the better its objective, the darker. Point at a line, or tab to it, to read it.</p>"
        f"{parallel_coordinates(study)}</section>"
        f"<section><h2>Importance of the parameters</h2>{_importance(study)}</section>"
        f"<section><h2>Best configuration</h2><pre tabindex='0'>{escape(best_configuration(study))}</pre></section>"
        f"<section><h2>Trials</h2>{_trials(study)}</section></body></html>\n"
    )
    write_atomically(output, page.encode())
    return output


def parallel_coordinates(study: StudyResults) -> str:
    """An axis for each parameter and one for the objective, and a line for each trial.

    Args:
        study: of the search.

    Returns:
        SVG.
    """
    names = list(dict.fromkeys(name for trial in study.trials for name in trial.params))
    columns = [[trial.params.get(name) for trial in study.trials] for name in names]
    columns.append([trial.objective for trial in study.trials])
    axes = [_Axis(values) for values in columns]
    places = [SIDE + k * (WIDTH - 2 * SIDE) / max(1, len(axes) - 1) for k in range(len(axes))]
    order = sorted(range(len(study.trials)), key=lambda i: study.trials[i].objective)
    parts = []
    for rank, i in enumerate(order):
        points = [(x, axis.place(axis.values[i])) for x, axis in zip(places, axes, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points if y is not None)
        share = rank / max(1, len(order) - 1)
        colour = f"rgb({round(214 - 214 * share)} {round(222 - 120 * share)} {round(232 - 70 * share)})"
        dash = " stroke-dasharray='5 4'" if study.trials[i].pruned else ""
        parts.append(
            f"<polyline class='line' tabindex='0' points='{path}' stroke='{colour}'{dash}>"
            f"<title>{escape(_description(study.trials[i]))}</title></polyline>"
        )
    for x, axis, name in zip(places, axes, [*names, "objective"], strict=True):
        parts.append(f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{TOP}' y2='{HEIGHT - BOTTOM}' stroke='#6b7482'/>")
        parts.append(f"<text x='{x:.1f}' y='20' text-anchor='middle'>{escape(name)}</text>")
        for label, y in axis.ticks():
            parts.append(f"<text x='{x + 5:.1f}' y='{y + 4:.1f}'>{escape(label)}</text>")
    return (
        f"<svg role='img' aria-label='Parallel coordinates of the trials' viewBox='0 0 {WIDTH} {HEIGHT}' "
        f"style='display:block;width:100%;height:auto'>{''.join(parts)}</svg>"
    )


class _Axis:
    """Places values of one parameter on a vertical axis: numbers linear or by decades, others by name."""

    def __init__(self, values: Sequence[Value]) -> None:
        self.values = list(values)
        present = [v for v in values if v is not None]
        self.numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in present)
        self.names = sorted({str(v) for v in present})
        numbers = [float(v) for v in present if isinstance(v, int | float)] if self.numeric else []
        self.log = bool(numbers) and min(numbers) > 0 and max(numbers) > 30 * min(numbers)
        scaled = [self._scaled(v) for v in numbers] or [0.0]
        self.low, self.high = min(scaled), max(scaled)

    def place(self, value: Value) -> float | None:
        """y of a value; None where the trial has none."""
        if value is None:
            return None
        if self.numeric:
            share = (
                (self._scaled(float(value)) - self.low) / (self.high - self.low)
                if self.high > self.low
                else 0.5
            )
        else:
            share = (self.names.index(str(value)) + 0.5) / len(self.names)
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)

    def ticks(self) -> list[tuple[str, float]]:
        """Labels with their y: both ends of numbers, every name."""
        if not self.numeric:
            return [(name, self.place(name) or 0.0) for name in self.names]
        ends = dict.fromkeys(math.exp(v) if self.log else v for v in (self.low, self.high))
        return [(f"{value:.4g}", self.place(value) or 0.0) for value in ends]

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value


def _description(trial: SearchTrial) -> str:
    params = ", ".join(f"{name}={_short(value)}" for name, value in trial.params.items())
    return f"trial {trial.number}: objective {trial.objective:.4f}; {params}" + (
        " (stopped early)" if trial.pruned else ""
    )


def _short(value: Value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _importance(study: StudyResults) -> str:
    if not study.importance and not study.conditional:
        return "<p>Not known: it takes four finished trials that differ.</p>"
    parts = ["<p>Share of the objective’s variance that a random forest explains by it.</p>"]
    if study.importance:
        shares = sorted(study.importance.items(), key=lambda item: -item[1])
        parts.append(_bars(f"Over all {len(study.trials)} trials", [(escape(n), s, "") for n, s in shares]))
    if study.conditional:
        rows = [
            (
                f"{escape(c.parameter)} <span class='where'>{escape(c.where)}</span>",
                c.share,
                f", {c.trials} trial{'s' if c.trials != 1 else ''}",
            )
            for c in study.conditional
        ]
        parts.append(
            _bars("Over the trials that have the parameter in this range, with all they share", rows)
        )
    return "".join(parts)


def _bars(caption: str, rows: Sequence[tuple[str, float | None, str]]) -> str:
    """A table of bars: name as HTML, share, remark."""
    body = "".join(
        f"<tr><td>{name}</td><td style='text-align:left'>"
        + (
            f"not known: it takes four that differ{remark}"
            if share is None
            else f"<span class='bar' style='width:{12 * share:.2f}rem'></span>{share:.2f}{remark}"
        )
        + "</td></tr>"
        for name, share, remark in rows
    )
    return f"<table><caption>{escape(caption)}</caption>{body}</table>"


def _trials(study: StudyResults) -> str:
    names = list(dict.fromkeys(name for trial in study.trials for name in trial.params))
    head = "".join(
        f"<th>{escape(n)}</th>" for n in ("trial", *names, "quality", "human s / image", "objective", "run")
    )
    body = ""
    for trial in sorted(study.trials, key=lambda t: -t.objective):
        cells = [str(trial.number), *(_short(trial.params.get(name)) for name in names)]
        cells += [
            "stopped early" if v is None else f"{v:.4f}"
            for v in (trial.quality, trial.human_seconds_per_image)
        ]
        cells += [f"{trial.objective:.4f}", trial.folder]
        mark = " class='best'" if trial is study.best else ""
        body += f"<tr{mark}>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
