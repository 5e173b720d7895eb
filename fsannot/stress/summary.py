"""Outcomes of a campaign in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fsannot.stress.case import Outcome


@dataclass(frozen=True)
class Line:
    """What a reader made of all its damaged files.

    Attributes:
        reader: its name.
        cases: damaged files.
        read: files that could still be read.
        refused: files that were refused in a sentence.
        failures: files that broke a promise.
        longest_seconds: that one file took.
    """

    reader: str
    cases: int
    read: int
    refused: int
    failures: int
    longest_seconds: float


def summarized(outcomes: Sequence[Outcome]) -> list[Line]:
    """A line for each reader.

    Args:
        outcomes: of the campaign.

    Returns:
        the lines, in the order of the outcomes.
    """
    lines = []
    for reader in dict.fromkeys(outcome.reader for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.reader == reader]
        kinds = Counter(outcome.kind for outcome in own)
        failures = sum(outcome.failed for outcome in own)
        longest = max(outcome.seconds for outcome in own)
        lines.append(Line(reader, len(own), kinds["read"], kinds["refused"], failures, longest))
    return lines


def markdown(lines: Sequence[Line]) -> str:
    """The table.

    Args:
        lines: of ``summarized``.

    Returns:
        Markdown, with a line for all readers together.

    Example:
        >>> print(markdown([Line("photo", 3, 1, 2, 0, 0.01)]))
        | reader | damaged files | read | refused in a sentence | failures | longest, s |
        | --- | --- | --- | --- | --- | --- |
        | photo | 3 | 1 | 2 | 0 | 0.01 |
        | all | 3 | 1 | 2 | 0 | 0.01 |
    """
    whole = Line(
        "all",
        sum(line.cases for line in lines),
        sum(line.read for line in lines),
        sum(line.refused for line in lines),
        sum(line.failures for line in lines),
        max(line.longest_seconds for line in lines),
    )
    head = "| reader | damaged files | read | refused in a sentence | failures | longest, s |\n"
    rows = [
        f"| {line.reader} | {line.cases} | {line.read} | {line.refused} | {line.failures} "
        f"| {line.longest_seconds:.2f} |"
        for line in (*lines, whole)
    ]
    return head + "| --- | --- | --- | --- | --- | --- |\n" + "\n".join(rows)
