"""Repeat finished sessions from their traces and compare the masks.

fsannot replay runs=[outputs/davis]
fsannot replay runs=[outputs/davis] cache=<an empty folder>   # computes every stage again

The session is built from config.yaml of the run directory, trace.jsonl says what is done in it, and each mask must
equal the one in masks/ in every pixel. Ends with status 1 where one does not. Nothing is written but the cache.
"""

from __future__ import annotations

from omegaconf import DictConfig

from fsannot.data.errors import InputError, ResultsError
from fsannot.programs.program import report_errors
from fsannot.studies.replay import replay_run


@report_errors("replay")
def main(cfg: DictConfig) -> None:
    """Do finished sessions again, from their traces, and compare the masks with those they left.

    Args:
        cfg: composed by Hydra from ``conf/replay.yaml`` and the command line.

    Raises:
        InputError: no run is named.
        ResultsError: a mask differs from the stored one, or a run cannot be replayed.
    """
    if not cfg.runs:
        raise InputError("runs=[]: name run directories in a list, as in runs=[outputs/davis]")
    different = []
    for run in cfg.runs:
        done = replay_run(str(run), cache=cfg.cache)
        same = done.images - len(done.different)
        print(
            f"{run}: {done.steps} actions, {done.human_seconds:.2f} human seconds; "
            f"{same} of {done.images} masks the same in every pixel"
        )
        different += [f"{run}: {name}" for name in done.different]
    if different:
        more = f" and {len(different) - 5} more" if len(different) > 5 else ""
        raise ResultsError(f"masks differ from those stored: {', '.join(different[:5])}{more}")
