"""Opening an image to look at its segments in place: the expected gain, and what to do there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.annotation.actions import Action, CloseImage, LabelInImage, LabelSegment, OpenImage, Split
from fsannot.annotation.observation import Observation
from fsannot.human import gestures
from fsannot.human.clock import Clock
from fsannot.human.oracle import Oracle
from fsannot.robots.beliefs import MIXED_GAIN, Beliefs
from fsannot.robots.proposals import Proposal

STEP = 100.0
"""Expected pixels from one segment to the next in an open image."""
MINORITY = 0.2
"""Expected share of a mixed segment that is not of its majority class."""
SPLIT_SUCCESS = 0.4
"""Expected share of the wrong pixels that a split with two clicks corrects."""


@dataclass(frozen=True, eq=False)
class LabelRisk:
    """How wrong M segments may be as they are labelled now.

    Attributes:
        view: beliefs about them.
        stake: float64 (M,), gain of a right label where the present one is wrong, image scores.
        chance: float64 (M,), probability that the present label is wrong.
    """

    view: Beliefs
    stake: np.ndarray
    chance: np.ndarray


def label_risk(observation: Observation, everything: Beliefs, task: str) -> LabelRisk:
    """How wrong the labels on the canvas may be; unlabelled means background in ``foreground``.

    Args:
        observation: what the tool shows.
        everything: beliefs about the shown segments.
        task: ``"foreground"`` or ``"semantic"``.

    Returns:
        the risk of each of those segments.
    """
    given = observation.labels[everything.segments].astype(np.int64)
    if task == "foreground":
        given = np.maximum(given, 0)
    right = np.where(given >= 0, everything.belief[np.arange(len(given)), np.maximum(given, 0)], 0.0)
    chance = np.where(everything.seen >= 0, 1.0 - right, 0.0)
    return LabelRisk(everything, np.where(everything.mixed, MIXED_GAIN, 1.0) * everything.weight, chance)


def images_to_inspect(
    observation: Observation,
    clock: Clock,
    risk: LabelRisk,
    *,
    min_rate: float,
    wanted: np.ndarray,
    split: bool,
    several: bool = False,
) -> list[Proposal]:
    """Images to open, sorted by the gain per second of correcting what is wrong in them.

    Args:
        observation: what the tool shows.
        clock: prices of actions.
        risk: of the segments on the canvas.
        min_rate: gain per second of other actions, in image scores; a correction that gains less is left out.
        wanted: bool (images,), those to choose from.
        split: whether mixed segments would be split.
        several: whether several segments would be clicked in one go.

    Returns:
        proposals to open an image, best first; images without gain, or without a thumbnail on the canvas, are left out.
    """
    view, images = risk.view, len(wanted)
    image = observation.table.image[view.segments]
    single, cut = clock.price(gestures.one_segment(STEP)), clock.price(gestures.split(STEP, 2))
    click = clock.further_click if several else single
    fixed = risk.stake > min_rate * click
    gain = np.bincount(image[fixed], (risk.chance * risk.stake)[fixed], minlength=images)
    clicks = np.bincount(image[fixed], risk.chance[fixed], minlength=images)
    # the first click of a series costs more than the others; where less than one is expected, its share of that
    seconds = (
        click * clicks + (clock.price(gestures.in_image(1, 1)) - click) * np.minimum(clicks, 1.0)
        if several
        else click * clicks
    )
    if split:
        part = MINORITY * SPLIT_SUCCESS * view.weight
        cut_up = view.mixed & (part > min_rate * cut)
        gain = gain + np.bincount(image[cut_up], part[cut_up], minlength=images)
        seconds = seconds + cut * np.bincount(image[cut_up], minlength=images)
    reach = np.full(images, np.inf)
    np.minimum.at(reach, image, np.hypot(*(view.points - np.array(observation.pointer)).T))
    candidates = np.flatnonzero(wanted & (gain > 0) & np.isfinite(reach))
    opened = np.array([clock.price(gestures.open_image(float(reach[i]))) for i in candidates]) + clock.key
    proposals = zip(candidates.tolist(), gain[candidates], opened + seconds[candidates], strict=True)
    found = [Proposal(OpenImage(i), float(won), float(spent)) for i, won, spent in proposals]
    return sorted(found, key=lambda proposal: -proposal.rate)


def action_in_image(
    observation: Observation,
    clock: Clock,
    oracle: Oracle,
    risk: LabelRisk,
    *,
    min_rate: float,
    splittable: np.ndarray,
    several: bool = False,
) -> Action:
    """The next action in the open image: the correction or split that gains most per second, or back to the canvas.

    Args:
        observation: what the tool shows.
        clock: prices of actions.
        oracle: the person's eyes; the image was inspected.
        risk: of the image's segments.
        min_rate: gain per second of other actions, in image scores; below it the image is closed.
        splittable: bool (N,), segments that may be split.
        several: whether several segments may be clicked in one go.

    Returns:
        the action.
    """
    view = risk.view
    here = observation.table.image[view.segments] == observation.open_image
    best = Proposal(CloseImage(), min_rate, 1.0)
    wrong = np.flatnonzero(here & (risk.chance > 0.5))
    if len(wrong):
        worst = int(wrong[risk.stake[wrong].argmax()])
        correction = LabelSegment(int(view.segments[worst]), int(view.seen[worst]))
        proposal = Proposal(correction, float(risk.stake[worst]), clock.price(gestures.one_segment(STEP)))
        best = max(best, proposal, key=lambda o: o.rate)  # the first of equals
    if several and len(wrong):
        chosen = wrong[risk.stake[wrong] > min_rate * clock.further_click]
        chosen = chosen[np.lexsort((-risk.stake[chosen], view.seen[chosen]))]  # a label is chosen once
        labels = view.seen[chosen]
        if len(chosen):
            corrections = LabelInImage(tuple(view.segments[chosen].tolist()), tuple(labels.tolist()))
            seconds = clock.price(gestures.in_image(len(chosen), len(np.unique(labels))))
            proposal = Proposal(corrections, float(risk.stake[chosen].sum()), seconds)
            best = max(best, proposal, key=lambda o: o.rate)
    mixed = np.flatnonzero(here & view.mixed & splittable[view.segments])
    if len(mixed):
        minority, share = oracle.minority(view.segments[mixed])
        rates = SPLIT_SUCCESS * share * view.weight[mixed] / max(clock.price(gestures.split(STEP, 2)), 1e-9)
        for i in np.argsort(-rates, kind="stable").tolist():
            if rates[i] <= best.rate:
                break
            segment = int(view.segments[mixed[i]])
            clicks = oracle.split_clicks(observation, segment, int(minority[i]))
            if clicks is not None:
                return Split(segment, *clicks, label=int(minority[i]))
    return best.action
