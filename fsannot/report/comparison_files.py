"""A comparison as CSV (everything), and as Markdown, LaTeX and HTML (to read).

The tables are written here and not by ``tabulate``: the cells are texts already, so a row is one line of code, and
``tabulate`` would read numbers out of them and pad columns, so that one longer name changes every line of a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from fsannot.evaluation.rows import read_rows, write_atomically, write_rows
from fsannot.report.comparison import TableRow

HEAD = ("data", "method", "measure", "ours", "95 %, over", "published", "difference", "weights")
MANY = 4
"""Rows of a dataset with the same note are named one by one up to this number."""
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
    "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "×": r"$\times$",
    "≥": r"$\geq$", "Δ": r"$\Delta$",
}  # fmt: skip


def write_comparison(
    folder: Path,
    name: str,
    rows: Sequence[TableRow],
    *,
    title: str,
    skipped: Sequence[Mapping[str, str]] = (),
    remarks: Sequence[str] = (),
) -> list[Path]:
    """Write ``<name>.csv``, ``.md`` and ``.tex``; identical rows give identical bytes.

    Args:
        folder: where the files are written.
        name: of the files, without suffix.
        rows: of the table.
        title: above it.
        skipped: ``{"what": …, "why": …}``, named below the table.
        remarks: sentences that concern all of it, below the table.

    Returns:
        paths of the three files.

    Raises:
        ResultsError: a file cannot be written.
    """
    files = [folder / f"{name}.{suffix}" for suffix in ("csv", "md", "tex")]
    write_rows(files[0], TableRow, rows)
    write_atomically(files[1], markdown(rows, title=title, skipped=skipped, remarks=remarks).encode())
    write_atomically(files[2], latex(rows, title=title, skipped=skipped, remarks=remarks).encode())
    return files


def read_comparison(path: Path | str) -> list[TableRow]:
    """Read a table's CSV.

    Args:
        path: of the file.

    Returns:
        its rows.

    Raises:
        ResultsError: missing or not whole; names file, line and column.
    """
    return read_rows(path, TableRow)


def cells(row: TableRow) -> tuple[str, ...]:
    """A row as the texts under ``HEAD``.

    Args:
        row: of the table.

    Returns:
        one text a column.
    """
    count = "" if row.images is None else f", {row.images} image{'s' if row.images != 1 else ''}"
    if row.instances is not None:
        count += f", {row.instances} instances"
    interval = ""
    if row.low is not None and row.high is not None:
        interval = f"{_four_digits(row.low)} to {_four_digits(row.high)} ({row.interval_over})"
    difference = "" if row.difference is None else f"{row.difference:+.4g}".replace("-", "−")
    return (
        f"{row.dataset}{count}", row.method, f"{row.metric}, {row.unit}" if row.unit != "fraction" else row.metric,
        _four_digits(row.value), interval, _four_digits(row.published), difference, row.weights,
    )  # fmt: skip


def notes(rows: Sequence[TableRow]) -> list[str]:
    """What must be known to compare with the published numbers, each once.

    Args:
        rows: of the table.

    Returns:
        ``dataset, method, metric: note``, in the order of the rows; a note of many rows of a dataset once, with their
        number.
    """
    of_note: dict[tuple[str, str], list[TableRow]] = {}
    for row in rows:
        if row.note:
            of_note.setdefault((row.dataset, row.note), []).append(row)
    found: dict[str, None] = {}
    for row in rows:
        alike = of_note.get((row.dataset, row.note), [])
        if len(alike) > MANY:
            found[f"{row.dataset}, {len(alike)} rows: {row.note}"] = None
        elif row.note:
            found[f"{row.dataset}, {row.method}, {row.metric}: {row.note}"] = None
    return list(found)


def markdown(
    rows: Sequence[TableRow],
    *,
    title: str,
    skipped: Sequence[Mapping[str, str]] = (),
    remarks: Sequence[str] = (),
) -> str:
    """The table, its notes, and what was skipped.

    Args:
        rows: of the table.
        title: heading.
        skipped: ``{"what": …, "why": …}``, named below the table.
        remarks: sentences that concern all of it, below the table.

    Returns:
        Markdown.
    """
    align = ["---", "---", "---", "---:", "---", "---:", "---:", "---"]
    lines = [list(HEAD), align, *([text.replace("|", "\\|") for text in cells(row)] for row in rows)]
    parts = [f"# {title}", "\n".join("| " + " | ".join(line) + " |" for line in lines)]
    below = [f"* {note}" for note in (*remarks, *notes(rows))]
    below += [f"* skipped: {entry['what']}: {entry['why']}" for entry in skipped]
    if below:
        parts.append("\n".join(below))
    return "\n\n".join(parts) + "\n"


def latex(
    rows: Sequence[TableRow],
    *,
    title: str,
    skipped: Sequence[Mapping[str, str]] = (),
    remarks: Sequence[str] = (),
) -> str:
    """A ``tabular`` with booktabs rules, in a ``table`` with caption.

    Args:
        rows: of the table.
        title: caption.
        skipped: ``{"what": …, "why": …}``, named below the table.
        remarks: sentences that concern all of it, below the table.

    Returns:
        LaTeX; needs the package ``booktabs``.
    """
    body = "\n".join("    " + " & ".join(map(_escaped, cells(row))) + r" \\" for row in rows)
    said = [*remarks, *notes(rows), *(f"Skipped: {entry['what']}: {entry['why']}" for entry in skipped)]
    below = "".join(f"\n  \\par\\footnotesize {_escaped(text)}" for text in said)
    return (
        "\\begin{table}\n  \\centering\n"
        f"  \\caption{{{_escaped(title)}}}\n"
        "  \\begin{tabular}{lllrlrrl}\n    \\toprule\n"
        f"    {' & '.join(map(_escaped, HEAD))} \\\\\n    \\midrule\n"
        f"{body}\n    \\bottomrule\n  \\end{{tabular}}{below}\n\\end{{table}}\n"
    )


def comparison_table(rows: Sequence[TableRow]) -> str:
    """The table and its notes as HTML.

    Args:
        rows: of the table.

    Returns:
        HTML; empty without rows.
    """
    if not rows:
        return ""
    numeric = {"ours", "published", "difference"}
    kinds = ["class='number'" if name in numeric else "" for name in HEAD]
    head = "".join(f"<th scope='col' {k}>{escape(n)}</th>" for n, k in zip(HEAD, kinds, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td {k}>{escape(c)}</td>" for c, k in zip(cells(row), kinds, strict=True))
        + "</tr>"
        for row in rows
    )
    remarks = "".join(f"<li>{escape(note)}</li>" for note in notes(rows))
    return (
        "<div class='scroll' tabindex='0' role='region' aria-label='Beside published numbers'>"
        "<table class='comparison'><caption>Beside published numbers</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f"<ul class='note'>{remarks}</ul>"
    )


def _four_digits(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _escaped(text: str) -> str:
    return re.sub("|".join(map(re.escape, _LATEX)), lambda m: _LATEX[m.group()], " ".join(text.split()))
