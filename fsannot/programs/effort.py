"""Compare robots and click baselines: quality against human seconds per image.

fsannot effort data_root=<folder that holds DAVIS>
fsannot effort dataset=[davis,camvid] robot=[greedy_box] baseline=[watershed] data_root=<folder>

Writes effort.csv, effort.md, effort.tex (area under the curve, seconds to 0.85 and 0.90, paired differences to
the first robot), effort_curves.csv, a figure for each dataset, and report.html; the runs it needed lie under
runs/. Started again with the same hydra.run.dir it keeps what is finished.
"""

from __future__ import annotations

from omegaconf import DictConfig

from fsannot.programs.program import report_errors
from fsannot.studies.effort import effort
from fsannot.studies.table_program import TableProgram


@report_errors("effort")
def main(cfg: DictConfig) -> None:
    """Quality against human seconds an image, robots and click baselines in one figure and one table.

    Args:
        cfg: composed by Hydra from ``conf/effort.yaml`` and the command line.
    """
    program = TableProgram(cfg)
    program.finish(effort(program))
