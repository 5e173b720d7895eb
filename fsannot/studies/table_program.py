"""What all table programs share: run what is missing, write the table and a report of all its runs."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig

from fsannot.data.errors import ResultsError
from fsannot.evaluation.rows import write_atomically
from fsannot.report.comparison import TableRow, check_one_selection
from fsannot.report.comparison_files import markdown, write_comparison
from fsannot.report.page import write_report
from fsannot.runs.directory import RunDirectory, read_run
from fsannot.studies.launching import Plan, launch, passed_through
from fsannot.studies.selection import Selection, passed_on, select_datasets

log = logging.getLogger(__name__)
GROUPS = ("dataset", "robot", "baseline")
"""Groups a table may take several choices of."""


@dataclass
class Table:
    """A table that is being filled.

    Attributes:
        name: of its files.
        title: above it.
        rows: in order.
        runs: they are of.
        skipped: ``{"what": …, "why": …}``.
        remarks: sentences that concern all of it.
    """

    name: str
    title: str
    rows: list[TableRow] = field(default_factory=list)
    runs: list[RunDirectory] = field(default_factory=list)
    skipped: list[dict[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class TableProgram:
    """Settings of a table program: what its configuration says, then what the command line says.

    Args:
        cfg: the program's configuration; ``settings`` lists the overrides that make it this table, ``runs``
            finished run directories to add.
    """

    def __init__(self, cfg: DictConfig) -> None:
        self.cfg = cfg
        self.folder = Path(HydraConfig.get().runtime.output_dir)
        given = passed_on(without=GROUPS)
        usual = _without([str(o) for o in cfg.settings], given)
        self.overrides = [*usual, *given]

    def fixed(self, settings: Sequence[str]) -> list[str]:
        """Settings of a second kind of run in the table, which the command line cannot change.

        Args:
            settings: overrides that make the runs what they are.

        Returns:
            overrides: those of the command line, but for the same keys, then ``settings``.
        """
        return [*_without(passed_on(without=GROUPS), settings), *settings]

    def plan(self, kind: str, name: str, *choices: str, overrides: Sequence[str] | None = None) -> Plan:
        """A run with some choices, and all settings its program knows.

        Args:
            kind: ``annotate``, ``clicks`` or ``majority``.
            name: of its directory.
            choices: overrides that come first.
            overrides: the other settings; None = those of the table.

        Returns:
            the plan.
        """
        return Plan(
            kind, name, (*choices, *passed_through(kind, self.overrides if overrides is None else overrides))
        )

    def datasets(self, names: Sequence[str], task: str | None) -> Selection:
        """Open the datasets of the table; see ``select_datasets``.

        Args:
            names: of ``conf/dataset/``.
            task: ``"foreground"`` or ``"semantic"`` where only these can be measured; None = any.

        Returns:
            the datasets that are there, and what is skipped.

        Raises:
            ResultsError: ``runs=[…]`` adds one of another dataset.
        """
        selection = select_datasets(names, passed_through("annotate", self.overrides), task)
        known = {dataset.name for dataset in selection.present.values()}
        for run in self.added():
            if run.summary.dataset not in known:
                raise ResultsError(
                    f"{run.path}: is of {run.summary.dataset}, this table of {', '.join(sorted(known))}; "
                    f"add it to dataset=[…], or leave the run out"
                )
        return selection

    def run(self, plans: Sequence[Plan]) -> list[RunDirectory]:
        """Run what is not finished, below ``runs/`` of the table's directory.

        Args:
            plans: of the table.

        Returns:
            the runs in the order of the plans, checked to be comparable.

        Raises:
            FsannotError: the first run that failed.
            ResultsError: the runs cannot be in one table.
        """
        folders = launch(plans, self.folder / "runs")
        runs = [read_run(folder) for folder in folders]
        check_one_selection([*runs, *self.added()])
        return runs

    def added(self) -> list[RunDirectory]:
        """The finished runs ``runs=[…]`` adds.

        Returns:
            the runs, read.

        Raises:
            ResultsError: a run is not whole.
        """
        return [read_run(str(run)) for run in self.cfg.runs]

    def added_of(self, dataset: str, *, clicks: bool) -> list[RunDirectory]:
        """Those of the added runs that are of a dataset.

        Args:
            dataset: its name.
            clicks: whether click baselines are wanted, or annotation sessions.

        Returns:
            the runs.
        """
        return [
            r
            for r in self.added()
            if r.summary.dataset == dataset and (r.path / "clicks.csv").is_file() == clicks
        ]

    def finish(self, table: Table) -> None:
        """Write the table's files, the provenance of its runs and the report, and print the table.

        Args:
            table: with all its rows.

        Raises:
            ResultsError: a file cannot be written.
        """
        remarks = [*table.remarks, *_chosen_on(table.runs)]
        told: dict[str, Any] = {"title": table.title, "skipped": table.skipped, "remarks": remarks}
        files = write_comparison(self.folder, table.name, table.rows, **told)
        record = {run.path.name: run.provenance for run in table.runs}
        files.append(self.folder / f"{table.name}-provenance.json")
        write_atomically(files[-1], (json.dumps(record, indent=2) + "\n").encode())
        write_report(
            [run.path for run in table.runs],
            self.folder / "report.html",
            title=table.title,
            left_out=table.skipped,
            comparison=table.rows,
        )
        print(markdown(table.rows, **told))  # noqa: T201
        for path in (*files, self.folder / "report.html"):
            print(path)  # noqa: T201


def _chosen_on(runs: Sequence[RunDirectory]) -> list[str]:
    """What images the settings of the runs were chosen on, each sentence once for each dataset."""
    return list(dict.fromkeys(f"{run.summary.dataset}: {run.chosen_on}" for run in runs if run.chosen_on))


def _without(overrides: Sequence[str], others: Sequence[str]) -> list[str]:
    """Overrides whose key none of the others sets."""
    parser = OverridesParser.create()
    taken = {(o.key_or_group, o.package) for o in parser.parse_overrides(list(others))}
    parsed = parser.parse_overrides(list(overrides))
    return [o.input_line or "" for o in parsed if (o.key_or_group, o.package) not in taken]
