"""Write the masks of a finished run for other tools: COCO, COCO panoptic, CVAT, overlays.

fsannot export outputs/davis
fsannot export outputs/davis "formats=[coco,overlay]" output=davis-coco

An instance is a connected region of a class; pixels without a label stay without. See docs/own-images.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from omegaconf import DictConfig

from fsannot.data.errors import InputError
from fsannot.programs.program import report_errors
from fsannot.studies.exported import export


@report_errors("export")
def run(cfg: DictConfig) -> None:
    """Write the masks of a finished run in the formats of other tools.

    Args:
        cfg: composed by Hydra from ``conf/export.yaml`` and the command line.

    Raises:
        InputError: no run is named.
    """
    if not cfg.run:
        raise InputError("no run is named; name a run directory, as in fsannot export outputs/davis")
    for name, path in export(cfg.run, list(cfg.formats), output=cfg.output).items():
        print(f"{name}: {path}")


def main() -> None:
    """The program: the run may be named without a key."""
    sys.argv = [sys.argv[0], *overrides(sys.argv[1:])]
    run()


def overrides(arguments: Sequence[str]) -> list[str]:
    """A run directory among the arguments as a setting.

    Args:
        arguments: of the command line.

    Returns:
        the same in Hydra's language.

    >>> overrides(["outputs/davis", "formats=[coco]"])
    ["run='outputs/davis'", 'formats=[coco]']
    """
    given = list(arguments)
    named = [a for a in given if "=" not in a and not a.startswith(("-", "~"))]
    if len(named) != 1:
        return given
    given.remove(named[0])
    path = named[0].replace("\\", "\\\\").replace("'", "\\'")
    return [f"run='{path}'", *given]
