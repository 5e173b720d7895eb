"""Quality against human seconds as a picture that needs no script; ``curves.js`` puts one that zooms in its place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from fsannot.report.palette import class_colour
from fsannot.report.shown_curve import ShownCurve

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 320, 52, 20, 14, 44
DASHES = ("", "7 4", "2 4", "11 4 2 4", "4 3", "1 3", "14 4")
"""As in ``curves.js``."""
MOST_POINTS = 200


def static_chart(
    title: str, runs: Sequence[tuple[ShownCurve, str, int, float | None]], *, measure: str
) -> str:
    """A figure with its legend.

    Args:
        title: of the figure.
        runs: curve, name, index of the colour and bound of each run; all curves of the same measure.
        measure: what the vertical axis shows.

    Returns:
        HTML.
    """
    end = max(float(curve.seconds[-1]) for curve, *_ in runs) or 1.0
    lowest = min(float(curve.quality.min()) for curve, *_ in runs)
    start = min(0.8, math.floor(lowest * 10) / 10)

    def x(seconds: float) -> float:
        return LEFT + seconds / end * (WIDTH - LEFT - RIGHT)

    def y(quality: float) -> float:
        return HEIGHT - BOTTOM - (quality - start) / (1 - start) * (HEIGHT - TOP - BOTTOM)

    parts = []
    for quality in _ticks(start, 1.0):
        parts.append(
            f"<line class='grid' x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{y(quality):.1f}' y2='{y(quality):.1f}'/>"
            f"<text class='tick-label' x='{LEFT - 8}' y='{y(quality) + 4:.1f}' text-anchor='end'>{quality:g}</text>"
        )
    for seconds in _ticks(0.0, end):
        parts.append(
            f"<text class='tick-label' x='{x(seconds):.1f}' y='{HEIGHT - BOTTOM + 18}' "
            f"text-anchor='middle'>{seconds:g}</text>"
        )
    for bound in sorted({round(bound, 3) for *_, bound in runs if bound is not None}):
        parts.append(
            f"<line class='bound' stroke='#5a6473' x1='{LEFT}' x2='{WIDTH - RIGHT}' "
            f"y1='{y(bound):.1f}' y2='{y(bound):.1f}'/>"
            f"<text class='end-label small' x='{LEFT + 6}' y='{y(bound) - 4:.1f}' fill='#5a6473'>"
            f"bound {bound:.3f}</text>"
        )
    for place, (curve, _, colour, _) in enumerate(runs):
        thinned = slice(None, None, math.ceil(len(curve.seconds) / MOST_POINTS))
        points = list(zip(curve.seconds[thinned].tolist(), curve.quality[thinned].tolist(), strict=True))
        points.append((float(curve.seconds[-1]), float(curve.quality[-1])))
        form = "L{:.1f} {:.1f}" if curve.linear else "H{:.1f}V{:.1f}"
        path = f"M{x(points[0][0]):.1f} {y(points[0][1]):.1f}"
        path += "".join(form.format(x(s), y(q)) for s, q in points[1:])
        parts.append(
            f"<path class='curve' d='{path}' stroke='{class_colour(colour)}' "
            f"stroke-dasharray='{DASHES[place % len(DASHES)]}'/>"
        )
    legend = "".join(
        "<li><svg class='dash' width='30' height='10' aria-hidden='true'><line x1='0' x2='30' y1='5' y2='5' "
        f"stroke='{class_colour(colour)}' stroke-width='2.4' stroke-dasharray='{DASHES[place % len(DASHES)]}'/></svg>"
        f"{escape(name)}</li>"
        for place, (_, name, colour, _) in enumerate(runs)
    )
    return (
        f"<figure class='card chart-card static'><figcaption><b>{measure}, {escape(title)}</b></figcaption>"
        f"<svg class='chart' role='img' aria-label='{measure} against human seconds per image; {len(runs)} curves' "
        f"viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}'>{''.join(parts)}"
        f"<text class='axis-label' x='{(LEFT + WIDTH - RIGHT) / 2}' y='{HEIGHT - 6}' text-anchor='middle'>"
        f"Human seconds per image</text></svg><ul class='legend inline'>{legend}</ul></figure>"
    )


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from ``low`` to ``high``, four to nine of them."""
    rough = (high - low) / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough - 1e-12)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]
