"""The parts of the page that are plain HTML: tables, provenance, what was skipped. All text is escaped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from fsannot.evaluation.results import Summary
from fsannot.runs.directory import RunDirectory

MEASURES = (
    ("iou_mean", "IoU, mean", "iou_mean_ci"),
    ("iou_median", "IoU, median", "iou_median_ci"),
    ("agreement", "Agreement", "agreement_ci"),
    ("miou", "mIoU", "miou_ci"),
    ("finished_iou_mean", "IoU, mean, finished", "finished_iou_mean_ci"),
    ("finished_agreement", "Agreement, finished", "finished_agreement_ci"),
    ("finished_miou", "mIoU, finished", "finished_miou_ci"),
)


def result_table(caption: str, rows: Sequence[tuple[Summary, str, str]]) -> str:
    """Quality with its interval, the partition's bound, human seconds, waiting and preparation; a row per run.

    Args:
        caption: above the table.
        rows: summary, name and colour ``#rrggbb`` of each run.

    Returns:
        HTML.

    Columns no run has a value for are left out.
    """
    summaries = [summary for summary, _, _ in rows]
    measures = [m for m in MEASURES if any(getattr(s, m[0]) is not None for s in summaries)]
    bounded = any(_bound(s) is not None for s in summaries)
    segmented = any(s.segments is not None for s in summaries)
    head = ["<th scope='col'>Run</th>"]
    head += [f"<th scope='col' class='number'>{label}</th>" for _, label, _ in measures]
    if bounded:
        head.append("<th scope='col' class='number'>Partition’s bound</th>")
    head.append("<th scope='col' class='number'>Human s</th>")
    head.append("<th scope='col' class='number'>Waiting s</th>")
    head.append("<th scope='col' class='number'>Prepara&shy;tion s</th>")
    head.append("<th scope='col' class='number'>Actions</th>")
    if segmented:
        head.append("<th scope='col' class='number'>Segments</th>")
    body = []
    for summary, name, colour in rows:
        key = f"<span class='key' style='background:{escape(colour)}'></span>"
        cells = [f"<th scope='row'>{key}{breakable(name)}</th>"]
        for measure, _, interval in measures:
            bar = measure != "iou_median"
            cells.append(_quality(getattr(summary, measure), getattr(summary, interval), bar))
        if bounded:
            cells.append(_number(_bound(summary), 3))
        cells.append(_seconds(summary.human_seconds_per_image, summary.human_seconds_per_image_ci))
        cells.append(_number(summary.waiting_seconds_per_image, 2))
        cells.append(_number(summary.preparation_seconds_per_image, 2))
        cells.append(_number(summary.actions, 0 if float(summary.actions).is_integer() else 1))
        if segmented:
            cells.append(_number(summary.segments, 0))
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f"<div class='scroll' tabindex='0' role='region' aria-label='{escape(caption)}'>"
        f"<table class='results'><caption>{escape(caption)}</caption>"
        f"<thead><tr>{''.join(head)}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def class_table(caption: str, rows: Sequence[tuple[Summary, str, str]]) -> str:
    """IoU of each class with its interval, a row for each class and a column for each run.

    Args:
        caption: above the table.
        rows: summary, name and colour of each run, as for ``result_table``.

    Returns:
        HTML; empty where no run has any.
    """
    shown = [(summary, name) for summary, name, _ in rows if summary.iou_per_class is not None]
    if not shown:
        return ""
    classes = dict.fromkeys(name for summary, _ in shown for name in summary.iou_per_class or {})
    head = "".join(f"<th scope='col' class='number'>{breakable(name)}</th>" for _, name in shown)
    body = []
    for name in classes:
        cells = [
            _quality((s.iou_per_class or {}).get(name), (s.iou_per_class_ci or {}).get(name), False)
            for s, _ in shown
        ]
        body.append(f"<tr><th scope='row'>{escape(name)}</th>{''.join(cells)}</tr>")
    caption = f"{caption}: IoU of each class; – where the ground truth of these images does not have it"
    return (
        f"<div class='scroll' tabindex='0' role='region' aria-label='{escape(caption)}'>"
        f"<table class='results'><caption>{escape(caption)}</caption>"
        f"<thead><tr><th scope='col'>Class</th>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def chosen_on(runs: Sequence[RunDirectory]) -> str:
    """What images the settings of some runs were chosen on.

    Args:
        runs: over the same images.

    Returns:
        HTML, each sentence once; empty where no run says it.
    """
    said = dict.fromkeys(run.chosen_on for run in runs if run.chosen_on)
    return "".join(f"<p class='note'>{escape(sentence)}</p>" for sentence in said)


def unusual_settings(runs: Sequence[tuple[str, str, Sequence[str]]]) -> str:
    """Settings that are not the defaults. Those that all runs, or all of one program, share are named once.

    Args:
        runs: name, program and ``key=value (default)`` of each.

    Returns:
        HTML.
    """
    entries: list[tuple[str, list[str]]] = []
    told = [list(dict.fromkeys(texts)) for _, _, texts in runs]
    programs = list(dict.fromkeys(program for _, program, _ in runs))
    sharing = [("All runs", list(range(len(runs))))] if len(runs) > 1 else []
    if len(programs) > 1:
        sharing += [
            (f"All runs of {program}", [i for i, run in enumerate(runs) if run[1] == program])
            for program in programs
        ]
    for name, indices in sharing:
        if len(indices) > 1 and (
            shared := [t for t in told[indices[0]] if all(t in told[i] for i in indices)]
        ):
            entries.append((name, shared))
            for i in indices:
                told[i] = [text for text in told[i] if text not in shared]
    entries += [(run[0] if len(runs) > 1 else "", own) for run, own in zip(runs, told, strict=True) if own]
    if not entries:
        return ""
    items = ""
    for name, texts in entries:
        head = f"<b>{escape(name)}</b>: " if name else ""
        items += f"<li>{head}{', '.join(f'<code>{escape(text)}</code>' for text in texts)}</li>"
    return (
        "<div class='card settings'><h3>Settings that are not the defaults</h3>"
        f"<p class='note'>Each with the program’s default in brackets.</p><ul>{items}</ul></div>"
    )


def breakable(name: str) -> str:
    """A run's name as HTML, with places where its line may end.

    Args:
        name: of a run.

    Returns:
        HTML.
    """
    return escape(name).replace("=", "=<wbr>").replace(",", ",<wbr>").replace("_", "_<wbr>")


def provenance(runs: Sequence[RunDirectory], names: Sequence[str]) -> str:
    """Versions, seeds, hardware, weights and the full configuration of each run, folded.

    Args:
        runs: of the page.
        names: of the runs.

    Returns:
        HTML.
    """
    parts = []
    for run, name in zip(runs, names, strict=True):
        facts = {key: value for key, value in run.provenance.items() if key != "skipped"}
        parts.append(
            f"<details><summary>{escape(name)} <span class='quiet'>{escape(run.path.name)}</span></summary>"
            f"{_facts(facts)}<h4>Configuration</h4>{_configuration(run)}</details>"
        )
    return "".join(parts)


def _configuration(run: RunDirectory) -> str:
    if not run.config:
        return "<p>The run has no config.yaml.</p>"
    return f"<pre tabindex='0'>{escape(run.config)}</pre>"


def skipped(entries: Sequence[Mapping[str, str]]) -> str:
    """What is not on the page, and why.

    Args:
        entries: ``{"what": …, "why": …}`` each.

    Returns:
        HTML; each entry once.
    """
    if not entries:
        return "<p>Nothing was skipped.</p>"
    different = dict.fromkeys((entry["what"], entry["why"]) for entry in entries)  # runs may say the same
    items = "".join(f"<li><b>{escape(what)}</b>: {escape(why)}</li>" for what, why in different)
    return f"<ul class='skipped'>{items}</ul>"


def _bound(summary: Summary) -> float | None:
    return summary.iou_bound if summary.iou_bound is not None else summary.agreement_bound


def _quality(value: float | None, interval: tuple[float, float] | None, bar: bool) -> str:
    if value is None:
        return "<td class='number'>–</td>"
    text = f"<span class='value'>{value:.3f}</span>"
    if interval is None:
        return f"<td class='number'>{text}</td>"
    low, high = interval
    text += f" <span class='interval'>{low:.3f}–{high:.3f}</span>"
    if bar:
        left, width = 100 * low, max(100 * (high - low), 0.8)
        text += (
            f"<span class='bar' aria-hidden='true'><i style='width:{100 * value:.1f}%'></i>"
            f"<b style='left:{left:.1f}%;width:{width:.1f}%'></b></span>"
        )
    return f"<td class='number'>{text}</td>"


def _seconds(value: float, interval: tuple[float, float] | None) -> str:
    text = f"<span class='value'>{value:.2f}</span>"
    if interval is not None:
        text += f" <span class='interval'>{interval[0]:.2f}–{interval[1]:.2f}</span>"
    return f"<td class='number'>{text}</td>"


def _number(value: float | None, digits: int) -> str:
    text = "–" if value is None else f"{value:,.{digits}f}".replace(",", " ")
    return f"<td class='number'>{text}</td>"


def _facts(facts: Mapping[str, Any]) -> str:
    rows = []
    for key, value in facts.items():
        if isinstance(value, dict):
            shown = _facts(value)
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            shown = escape(text)
        rows.append(f"<div><dt>{escape(str(key)).replace('_', ' ')}</dt><dd>{shown}</dd></div>")
    return f"<dl class='facts'>{''.join(rows)}</dl>"
