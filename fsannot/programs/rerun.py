"""Measure what the cache saves when one setting of Table 1 changes.

fsannot rerun dataset=davis robot=greedy_box data_root=<folder> "change='robot.caution=1'"

Both start from one empty cache, after a small session that compiles what is compiled once a process. Writes
rerun.json: seconds of both, their ratio, and how many images each stage computed in each.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from pathlib import Path

from omegaconf import DictConfig

from fsannot.data.errors import InputError
from fsannot.evaluation.rows import write_atomically
from fsannot.programs.program import report_errors
from fsannot.studies.launching import Plan, launch
from fsannot.studies.selection import choices
from fsannot.studies.table_program import TableProgram

COMPUTED = re.compile(r"(edges|hierarchy|features): (\d+) of \d+ images computed")


def timed(plan: Plan, folder: Path) -> dict[str, object]:
    """Run a plan and measure it.

    Args:
        plan: the run.
        folder: of its run directory.

    Returns:
        ``seconds`` by the clock, ``cpu_seconds`` of this process, and ``computed``: images computed by stage.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    (run,) = launch([plan], folder)
    seconds, used = time.perf_counter() - wall, time.process_time() - cpu
    (log,) = run.glob("*.log")
    computed = {stage: int(count) for stage, count in COMPUTED.findall(log.read_text())}
    return {"seconds": round(seconds, 2), "cpu_seconds": round(used, 2), "computed": computed}


@report_errors("rerun")
def main(cfg: DictConfig) -> None:
    """Machine seconds of a session of Table 1, and of the same with one setting changed: what the cache saves.

    Args:
        cfg: composed by Hydra from ``conf/rerun.yaml`` and the command line.

    Raises:
        InputError: ``change`` names no setting.
    """
    if "=" not in cfg.change:
        raise InputError(
            f"change={cfg.change!r} is not valid; name a setting, quoted: \"change='robot.min_rate=0.002'\""
        )
    program = TableProgram(cfg)
    (dataset,), (robot,) = choices("dataset"), choices("robot")
    with tempfile.TemporaryDirectory() as cache:
        small = ("dataset=synthetic", "dataset.images=6", f"robot={robot}")
        settings = program.plan("annotate", "", f"cache={cache}").overrides
        of_others = [o for o in settings if not o.startswith("dataset.")]
        launch([Plan("annotate", "warm-up", (*small, *of_others))], program.folder)
        wanted = (f"dataset={dataset}", f"robot={robot}", *settings)
        first = timed(Plan("annotate", "first", wanted), program.folder)
        again = timed(Plan("annotate", "again", (*wanted, cfg.change)), program.folder)
    ratio = float(str(first["cpu_seconds"])) / float(str(again["cpu_seconds"]))
    record = {"change": cfg.change, "first": first, "again": again, "ratio": round(ratio, 2)}
    write_atomically(program.folder / "rerun.json", (json.dumps(record, indent=2) + "\n").encode())
    print(json.dumps(record, indent=2))
