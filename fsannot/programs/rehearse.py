"""Play a robot's trace in the studio's page with a real mouse and keyboard, and compare the masks.

fsannot rehearse run=outputs/davis
fsannot rehearse run=outputs/davis cache=<an empty folder>   # computes every stage again

Says which actions a hand cannot make, and why; those are given to the page as they are. Ends with status 1 where a mask
differs. Needs Playwright (extra dev) and Chromium.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from omegaconf import DictConfig

from fsannot.data.errors import InputError, ResultsError
from fsannot.programs.program import report_errors
from fsannot.studio.rehearsed_run import rehearse_run


@report_errors("rehearse")
def main(cfg: DictConfig) -> None:
    """Play the trace of a run in the page.

    Args:
        cfg: composed by Hydra from ``conf/rehearse.yaml`` and the command line.

    Raises:
        InputError: no run is named.
        ResultsError: a mask differs from that of the run.
    """
    if not cfg.run:
        raise InputError("run=null: name a run directory, as in run=outputs/davis")
    done = rehearse_run(Path(cfg.run), cache=Path(cfg.cache))
    by_hand, others = done.played.made, Counter(name for _, name, _ in done.played.not_made)
    total = by_hand.total() + others.total()
    print(
        f"{by_hand.total()} of {total} actions made by hand, {done.played.waited:.1f} s waited for the page"
    )
    for name in sorted({*by_hand, *others}):
        print(f"  {name}: {by_hand[name]} of {by_hand[name] + others[name]}")
    for step, name, reason in done.played.not_made[:20]:
        print(f"  step {step}, {name}: {reason}")
    print(f"{done.images - len(done.different)} of {done.images} masks the same in every pixel")
    if done.different:
        raise ResultsError(f"masks differ from those of the run: {', '.join(done.different[:5])}")
