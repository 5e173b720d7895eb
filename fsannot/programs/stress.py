"""Try to break fsannot: damaged files for every reader.

fsannot stress readers
fsannot stress readers "only=[photo]" first=123 cases=1    # repeats a case

Each file must be read, or be refused in a sentence with its name, the reason and the remedy. Writes cases.csv,
summary.csv and, into failures/, every file that broke this promise; then it ends with status 1. See
docs/reliability.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.data.errors import InputError
from fsannot.evaluation.rows import write_rows
from fsannot.programs.program import report_errors
from fsannot.stress.campaign import Limits, run_campaign
from fsannot.stress.case import Outcome
from fsannot.stress.summary import Line, markdown, summarized

CAMPAIGNS = ("readers",)


@report_errors("stress")
def run(cfg: DictConfig) -> None:
    """Damage files, have them read, and print what became of them.

    Args:
        cfg: composed by Hydra from ``conf/stress.yaml`` and the command line.

    Raises:
        InputError: a campaign or a reader that is not there.
    """
    if cfg.campaign not in CAMPAIGNS:
        raise InputError(f"campaign={cfg.campaign!r} is not valid; choose of {', '.join(CAMPAIGNS)}")
    folder = Path(HydraConfig.get().runtime.output_dir)
    outcomes = list(
        run_campaign(
            list(cfg.only),
            range(cfg.first, cfg.first + cfg.cases),
            seed=cfg.seed,
            limits=Limits(cfg.seconds, cfg.megabytes),
            failures=folder / "failures",
        )
    )
    lines = summarized(outcomes)
    write_rows(folder / "cases.csv", Outcome, outcomes)
    write_rows(folder / "summary.csv", Line, lines)
    print(markdown(lines))
    failed = [outcome for outcome in outcomes if outcome.failed]
    for outcome in failed[:20]:
        print(
            f"\n{outcome.reader}, case {outcome.case}: {outcome.kind}: {outcome.said}\n"
            f'  fsannot stress readers "only=[{outcome.reader}]" first={outcome.case} cases=1 seed={cfg.seed}'
        )
    if failed:
        raise InputError(
            f"{len(failed)} of {len(outcomes)} damaged files broke a promise; they are in {folder / 'failures'}"
        )


def main() -> None:
    """The program: the campaign may be named without a key."""
    sys.argv = [sys.argv[0], *overrides(sys.argv[1:])]
    run()


def overrides(arguments: Sequence[str]) -> list[str]:
    """A campaign among the arguments as a setting.

    Args:
        arguments: of the command line.

    Returns:
        the same in Hydra's language.

    >>> overrides(["readers", "seed=1"])
    ['campaign=readers', 'seed=1']
    """
    return [f"campaign={a}" if a in CAMPAIGNS else a for a in arguments]
