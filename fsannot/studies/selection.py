"""Datasets, robots and baselines that the command line of a table program chooses, and settings it passes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

from fsannot.configuration.build import build
from fsannot.data.dataset import Dataset, require_truth
from fsannot.data.errors import InputError
from fsannot.data.layout import LayoutError
from fsannot.studies.launching import Plan


@dataclass(frozen=True)
class Selection:
    """Datasets of a table.

    Attributes:
        present: name in ``conf/dataset/`` → the dataset, in the order asked for.
        skipped: ``{"what": …, "why": …}`` of those that are not there, with what to download.
    """

    present: dict[str, Dataset]
    skipped: list[dict[str, str]]


def choices(group: str, default: Sequence[str] | None = None, *, needed: bool = True) -> list[str]:
    """Names ``group=[a,b]`` or ``group=a`` asks for on the command line.

    Args:
        group: folder of ``conf/``.
        default: where the command line says nothing; None for what the configuration's defaults say.
        needed: whether ``group=[]`` is refused; a table of finished runs needs no others.

    Returns:
        the names, in order.

    Raises:
        InputError: an empty list that is refused, or a name twice.
    """
    chosen = HydraConfig.get().runtime.choices.get(group)
    names = list(default) if default is not None else [str(chosen)]
    for override in _parsed():
        if override.key_or_group == group and override.package is None:
            value = override.value()
            names = [str(name) for name in value] if isinstance(value, list) else [str(value)]
    if (needed and not names) or len(set(names)) < len(names):
        raise InputError(f"{group}={names} is not valid; name each {group} once, e.g. {group}=[a,b]")
    return names


def passed_on(without: Sequence[str]) -> list[str]:
    """Overrides of the command line, without those that choose from some groups.

    Args:
        without: groups whose choices are left out.

    Returns:
        the overrides, in order.

    Raises:
        InputError: ``experiment=``, which would choose a dataset behind the back of ``dataset=``.
    """
    kept = []
    for override in _parsed():
        if override.key_or_group == "experiment":
            raise InputError("experiment= chooses a dataset; a table takes dataset=[davis,…] instead")
        if override.key_or_group not in without or override.package is not None:
            kept.append(override.input_line or "")
    return kept


def select_datasets(names: Sequence[str], passed: Sequence[str], task: str | None = None) -> Selection:
    """Open the datasets that are there; name those that are not.

    Args:
        names: of ``conf/dataset/``.
        passed: overrides that may concern them, e.g. ``data_root=…``.
        task: ``"foreground"`` or ``"semantic"`` where only these can be measured.

    Returns:
        the datasets that are there, and what is skipped.

    Raises:
        InputError: a dataset of another task, or none is there; says what to download.
        DatasetError: a dataset is there, but not complete.
    """
    present: dict[str, Dataset] = {}
    skipped: list[dict[str, str]] = []
    for name in names:
        try:
            dataset = build(Plan("annotate", name, (f"dataset={name}", *passed)).compose(), "dataset")
        except LayoutError as error:
            if error.root.is_dir():
                raise
            why = (
                f"there is no folder {error.root.name} below data_root; download it from {error.source}, "
                "or point data_root at the folder that holds it"
            )
            skipped.append({"what": f"dataset {name}", "why": why})
            continue
        require_truth(dataset, "tables")
        if task is not None and dataset.task != task:
            raise InputError(f"dataset={name} is a {dataset.task} set; this table is of {task} sets")
        present[name] = dataset
    if not present:
        reasons = "; ".join(f"{entry['what']}: {entry['why']}" for entry in skipped)
        raise InputError(f"none of the datasets is there. {reasons}")
    return Selection(present, skipped)


def _parsed() -> list[Override]:
    return OverridesParser.create().parse_overrides(list(HydraConfig.get().overrides.task))
