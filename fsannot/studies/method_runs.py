"""Run directories sorted by method: runs that differ in nothing but the seed are seeds of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fsannot.data.errors import ResultsError
from fsannot.evaluation.click_paths import read_click_paths
from fsannot.evaluation.image_curves import read_image_curves
from fsannot.evaluation.methods import Clicks, Method, Sessions
from fsannot.report.settings import RunSettings, labels, read_settings, typed
from fsannot.runs.directory import RunDirectory


@dataclass(frozen=True, eq=False)
class MethodRuns:
    """The runs of one method on one dataset.

    Attributes:
        name: in tables and figures; names the settings that tell it from other methods, and how many seeds there are.
        runs: one a seed, by rising seed.
        clicks: whether it clicks, instead of annotating in the feature space.
    """

    name: str
    runs: tuple[RunDirectory, ...]
    clicks: bool

    @property
    def first(self) -> RunDirectory:
        """The run of the lowest seed."""
        return self.runs[0]

    def method(self, images: Sequence[str], *, until: float, check: float = 0.0, hull: bool = True) -> Method:
        """The curves of its seeds.

        Args:
            images: order of the images.
            until: seconds per image up to which methods are compared.
            check: of clicks, seconds for checking an image and going to the next.
            hull: of clicks, whether the concave hull is wanted, too.

        Returns:
            the method.

        Raises:
            ResultsError: a click run of an older version.
        """
        if not self.clicks:
            return Sessions([read_image_curves(run.path) for run in self.runs], images)
        paths = []
        for run in self.runs:
            of = read_click_paths(run.path)
            if of is None:
                raise ResultsError(
                    f"{run.path}: has no click_paths.npz, which says what other rules of stopping give; run again, "
                    "older versions did not write it"
                )
            paths.append(of)
        return Clicks(paths, images, until=until, check=check, hull=hull)


def by_method(runs: Sequence[RunDirectory]) -> list[MethodRuns]:
    """Sort runs by method.

    Args:
        runs: of one dataset.

    Returns:
        the methods, in order of their first run.

    Raises:
        ResultsError: two runs of a method have the same seed, or the seeds are of different images.
    """
    settings = [read_settings(run) for run in runs]
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, (run, own) in enumerate(zip(runs, settings, strict=True)):
        groups.setdefault((own.program, run.summary.method, *_without_seed(own)), []).append(index)
    firsts = [min(members, key=lambda i: runs[i].summary.seed) for members in groups.values()]
    names = [runs[i].summary.method for i in firsts]
    found = []
    for members, first, name in zip(groups.values(), firsts, names, strict=True):
        alike = [i for i, other in zip(firsts, names, strict=True) if other == name]
        if len(alike) > 1:  # called by what tells them apart
            told = labels([runs[i] for i in alike], [settings[i] for i in alike])
            shown = _without_seed_words(told[alike.index(first)])
            name = f"{name}, {shown}" if shown else f"{name}, {runs[first].path.name}"
        seeds = tuple(sorted((runs[i] for i in members), key=lambda run: run.summary.seed))
        _check_seeds(seeds)
        of_seeds = f" ({len(seeds)} seeds)" if len(seeds) > 1 else ""
        found.append(MethodRuns(name + of_seeds, seeds, settings[first].program == "clicks"))
    return found


def _without_seed(settings: RunSettings) -> tuple[str, ...]:
    """All settings but the seed, and those that only repeat it."""
    kept = {
        key: value for key, value in settings.values.items() if key != "seed" and key not in settings.repeated
    }
    return tuple(f"{key}={typed(value)}" for key, value in sorted(kept.items()))


def _without_seed_words(label: str) -> str:
    return ", ".join(word for word in label.split(", ") if not word.startswith("seed="))


def _check_seeds(runs: Sequence[RunDirectory]) -> None:
    first = runs[0]
    for one, other in pairwise(runs):
        if one.summary.seed == other.summary.seed:
            raise ResultsError(
                f"{one.path} and {other.path} have the same settings and seed {one.summary.seed}: one of them says "
                "nothing new; leave it out"
            )
    for run in runs[1:]:
        if run.images != first.images:
            raise ResultsError(
                f"{run.path} and {first.path} are of different images; run all seeds on the same"
            )
