"""Measured against published: the residual, and what each constant of the clock would have to be to close it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fsannot.human.clock import Clock


@dataclass(frozen=True)
class CalibrationRow:
    """One preset on one setting.

    Attributes:
        setting, clock, perception: what was run.
        images: how many.
        seconds, waiting: human seconds per image here, and measured ones that a person waits.
        paper_seconds: the paper's, human and machine seconds together; None where it has none.
        quality, paper_quality: mean IoU or agreement.
    """

    setting: str
    clock: str
    perception: str
    images: int
    seconds: float
    waiting: float
    paper_seconds: float | None
    quality: float
    paper_quality: float | None

    @property
    def residual(self) -> float | None:
        """Seconds per image here, human and waiting, beyond the paper's; None where it has none."""
        return None if self.paper_seconds is None else self.seconds + self.waiting - self.paper_seconds


@dataclass(frozen=True)
class ConstantRow:
    """What the paper's seconds ask of one constant, everything else and the actions taken being as they were.

    Attributes:
        setting, clock, perception: the run.
        constant: name in ``Clock``; for ``point`` and ``drag`` the constant term.
        value: in the preset, seconds.
        per_image: times it was spent per image, which is also the slope of the time in it.
        asked: value at which the time would be the paper's; None where none is, since it was never spent or had to be
            negative.
    """

    setting: str
    clock: str
    perception: str
    constant: str
    value: float
    per_image: float
    asked: float | None


def asked_constants(row: CalibrationRow, clock: Clock, counts: Mapping[str, float]) -> list[ConstantRow]:
    """Solve the time of a run for one constant at a time.

    Args:
        row: the run.
        clock: its preset.
        counts: of the whole run, see ``count_operators``.

    Returns:
        one row a constant of the clock; none where the paper has no seconds.
    """
    residual = row.residual
    if residual is None:
        return []
    names = [
        "decide",
        "key",
        "press",
        "look",
        "hover",
        "inspect",
        "first_click",
        "further_click",
        "point",
        "drag",
    ]
    if clock.box is not None:  # a box has a fixed price: what it is made of is not spent in it
        counts = {**counts, "drag": counts.get("drag", 0.0) - counts.get("box", 0.0), "look": 0.0}
        names = ["box", "first_click", "further_click"]
    rows = []
    for name in names:
        given = getattr(clock, name)
        value = float(given[0] if isinstance(given, tuple) else given)
        slope = counts.get(name, 0.0) / row.images
        asked = value - residual / slope if slope > 0 else None
        if asked is not None and asked < 0 and name != "point":
            asked = None
        rows.append(ConstantRow(row.setting, row.clock, row.perception, name, value, slope, asked))
    return rows


def asked_error_factor(human: CalibrationRow, perfect: CalibrationRow) -> float | None:
    """Factor on the error rates of a person at which the quality would be the paper's.

    Quality is taken as linear between no errors (factor 0) and the preset's (factor 1).

    Args:
        human: the run with the ``human`` perception.
        perfect: the same without errors.

    Returns:
        the factor; None where errors make no difference, or the paper has no quality.
    """
    lost = perfect.quality - human.quality
    if human.paper_quality is None or abs(lost) < 1e-6:
        return None
    return (perfect.quality - human.paper_quality) / lost


def calibration_table(rows: Sequence[CalibrationRow], constants: Sequence[ConstantRow]) -> str:
    """The residuals, then the constants asked for.

    Args:
        rows: of all presets and settings.
        constants: of the same.

    Returns:
        Markdown.
    """
    lines = [
        "| setting | clock | perception | images | human s / image "
        "| waiting s / image | paper s / image | residual s | quality | paper |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        paper = "" if row.paper_quality is None else f"{row.paper_quality:.4f}"
        published = "" if row.paper_seconds is None else f"{row.paper_seconds:.2f}"
        residual = "" if row.residual is None else f"{row.residual:+.2f}"
        lines.append(
            f"| {row.setting} | {row.clock} | {row.perception} | {row.images} | {row.seconds:.2f} | "
            f"{row.waiting:.2f} | {published} | {residual} | {row.quality:.4f} | {paper} |"
        )
    lines += ["", "What the paper's seconds would ask of one constant, all others as they are:", ""]
    lines += [
        "| setting | clock | perception | constant | preset | times / image | asked for |",
        "| --- | --- | --- | --- | ---: | ---: | ---: |",
    ]
    for c in constants:
        asked = "none" if c.asked is None else f"{c.asked:.2f}"
        head = f"| {c.setting} | {c.clock} | {c.perception} | {c.constant}"
        lines.append(f"{head} | {c.value:.2f} | {c.per_image:.2f} | {asked} |")
    pairs = {(row.setting, row.clock, row.perception): row for row in rows}
    lines += [
        "",
        "Factor on the error rates of the human perception that the paper's quality would ask for:",
        "",
    ]
    for (setting, clock, perception), row in pairs.items():
        perfect = pairs.get((setting, clock, "perfect"))
        if perception == "human" and perfect is not None:
            factor = asked_error_factor(row, perfect)
            text = "errors make no difference here" if factor is None else f"{factor:.2f}"
            lines.append(f"* {setting}, clock {clock}: {text}")
    return "\n".join(lines)
