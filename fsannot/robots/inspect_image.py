"""Opening an image to look at its segments in place: what that is expected to win, and what to do there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.annotation.actions import Action, CloseImage, LabelInImage, LabelSegment, OpenImage, Split
from fsannot.human.clock import Clock
from fsannot.annotation.observation import Observation
from fsannot.robots.gestures import Offer
from fsannot.human.perception import Oracle
from fsannot.robots.beliefs import MIXED_GAIN, Outlook

STEP = 100.0
"""Pixels from one segment to the next one in an open image, as a person expects before opening it."""
MINORITY = 0.2
"""Share of a mixed segment that is not its majority's, as a person expects before the image is open."""
SPLIT_SUCCESS = 0.4
"""Share of the wrong pixels that a split with two clicks is expected to put right."""


@dataclass(frozen=True, eq=False)
class Doubt:
    """How wrong M segments may be as they are labelled now.

    Attributes:
        view: what is known about them.
        stake: float64 (M,), score a right label would win where the present one is wrong, in images' worth.
        chance: float64 (M,), probability that it is wrong.
    """

    view: Outlook
    stake: np.ndarray
    chance: np.ndarray


def doubts(screen: Observation, everything: Outlook, task: str) -> Doubt:
    """Doubt about everything on the canvas; unlabelled means background in ``foreground``."""
    given = screen.labels[everything.segments].astype(np.int64)
    if task == "foreground":
        given = np.maximum(given, 0)
    right = np.where(given >= 0, everything.belief[np.arange(len(given)), np.maximum(given, 0)], 0.0)
    chance = np.where(everything.seen >= 0, 1.0 - right, 0.0)
    return Doubt(everything, np.where(everything.mixed, MIXED_GAIN, 1.0) * everything.weight, chance)


def images_to_study(
    screen: Observation,
    clock: Clock,
    doubt: Doubt,
    *,
    price: float,
    wanted: np.ndarray,
    split: bool,
    series: bool = False,
) -> list[Offer]:
    """Images to open, those first that win most per second when what is wrong in them is put right.

    Args:
        price: worth of a second, images' worth of score; what is not worth its seconds is expected to stay.
        wanted: bool (images,), those to choose from.
        split: whether mixed segments would be split.
        series: whether several segments would be clicked in one go.
    """
    view, images = doubt.view, len(wanted)
    image = screen.table.image[view.segments]
    single, cut = clock.one_segment(STEP), clock.split(STEP, 2)
    click = clock.further_click if series else single
    fixed = doubt.stake > price * click
    gain = np.bincount(image[fixed], (doubt.chance * doubt.stake)[fixed], minlength=images)
    clicks = np.bincount(image[fixed], doubt.chance[fixed], minlength=images)
    # the first click of a series costs more than the others; where less than one is expected, its share of that
    seconds = (
        click * clicks + (clock.in_image(1, 1) - click) * np.minimum(clicks, 1.0)
        if series
        else click * clicks
    )
    if split:
        part = MINORITY * SPLIT_SUCCESS * view.weight
        parted = view.mixed & (part > price * cut)
        gain = gain + np.bincount(image[parted], part[parted], minlength=images)
        seconds = seconds + cut * np.bincount(image[parted], minlength=images)
    reach = np.full(images, np.inf)
    np.minimum.at(reach, image, np.hypot(*(view.points - np.array(screen.pointer)).T))
    candidates = np.flatnonzero(wanted & (gain > 0) & np.isfinite(reach))
    opened = np.array([clock.open_image(float(reach[i])) for i in candidates]) + clock.key
    offers = zip(candidates.tolist(), gain[candidates], opened + seconds[candidates], strict=True)
    found = [Offer(OpenImage(i), float(won), float(spent)) for i, won, spent in offers]
    return sorted(found, key=lambda offer: -offer.rate)


def in_the_image(
    screen: Observation,
    clock: Clock,
    oracle: Oracle,
    doubt: Doubt,
    *,
    price: float,
    whole: np.ndarray,
    series: bool = False,
) -> Action:
    """What to do in the open image: the correction or split that wins most per second, or back to the canvas.

    Args:
        price: worth of a second, images' worth of score.
        whole: bool (N,), segments that may be split.
        series: whether several segments may be clicked in one go.
    """
    view = doubt.view
    here = screen.table.image[view.segments] == screen.open_image
    best = Offer(CloseImage(), price, 1.0)
    wrong = np.flatnonzero(here & (doubt.chance > 0.5))
    if len(wrong):
        worst = int(wrong[doubt.stake[wrong].argmax()])
        correction = LabelSegment(int(view.segments[worst]), int(view.seen[worst]))
        offer = Offer(correction, float(doubt.stake[worst]), clock.one_segment(STEP))
        best = max(best, offer, key=lambda o: o.rate)  # the first of equals
    if series and len(wrong):
        chosen = wrong[doubt.stake[wrong] > price * clock.further_click]
        chosen = chosen[np.lexsort((-doubt.stake[chosen], view.seen[chosen]))]  # a label is chosen once
        labels = view.seen[chosen]
        if len(chosen):
            corrections = LabelInImage(tuple(view.segments[chosen].tolist()), tuple(labels.tolist()))
            seconds = clock.in_image(len(chosen), len(np.unique(labels)))
            offer = Offer(corrections, float(doubt.stake[chosen].sum()), seconds)
            best = max(best, offer, key=lambda o: o.rate)
    mixed = np.flatnonzero(here & view.mixed & whole[view.segments])
    if len(mixed):
        minority, share = oracle.minority(view.segments[mixed])
        rates = SPLIT_SUCCESS * share * view.weight[mixed] / max(clock.split(STEP, 2), 1e-9)
        for i in np.argsort(-rates, kind="stable").tolist():
            if rates[i] <= best.rate:
                break
            segment = int(view.segments[mixed[i]])
            clicks = oracle.split_clicks(screen, segment, int(minority[i]))
            if clicks is not None:
                return Split(segment, *clicks, label=int(minority[i]))
    return best.action
