"""Annotate images in the browser.

fsannot studio <folder of photos>
fsannot studio dataset=davis dataset.root=<folder>
fsannot studio <folder of photos> edges=gradient hydra.run.dir=<folder>   # another edge model and place for results

The page is served on this machine, to this machine only. Started again with the same images, it goes on where it
was, also after it was killed. Results lie in runs/studio/<name of the folder>, or where hydra.run.dir says.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from fsannot.configuration.build import build
from fsannot.programs.program import report_errors
from fsannot.runs.run_folder import begin_run
from fsannot.studio.opening import open_studio
from fsannot.studio.serve import serve

PARTS = ("dataset", "edges", "hierarchy", "projection", "local_projection", "metric", "clock")
SETTINGS = ("workers", "batch_size", "semi_supervised", "first_images", "batch_images", "seed")


@report_errors("studio")
def run(cfg: DictConfig) -> None:
    """Serve the page until the process is interrupted.

    Args:
        cfg: composed by Hydra from ``conf/studio.yaml`` and the command line.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    parts: dict[str, Any] = {name: build(cfg, name) for name in PARTS}
    begin_run(folder, OmegaConf.to_container(cfg, resolve=True), parts)  # type: ignore[arg-type]
    office = open_studio(
        **parts,
        features=lambda: build(cfg, "features"),
        folder=folder,
        cache=Path(cfg.cache),
        **{name: cfg[name] for name in SETTINGS},
    )
    serve(office, port=cfg.port, open_browser=cfg.open_browser, say=lambda address: _say(address, folder))


def _say(address: str, folder: Path) -> None:
    print(f"studio: {address}\nresults: {folder}\nCtrl-C stops it; the same command goes on", flush=True)


def main() -> None:
    """The program: a folder may be named without a key."""
    sys.argv = [sys.argv[0], *overrides(sys.argv[1:])]
    run()


def overrides(arguments: Sequence[str]) -> list[str]:
    """A folder among the arguments as settings.

    Args:
        arguments: of the command line.

    Returns:
        the same in Hydra's language; a folder has its run directory, so that the session in it is found again.

    >>> overrides(["holiday", "seed=1", "hydra.run.dir=out"])[:2]
    ['dataset=folder', "dataset.root='holiday'"]
    """
    given = list(arguments)
    named = [a for a in given if "=" not in a and not a.startswith(("-", "~"))]
    if len(named) != 1:
        return given
    given.remove(named[0])
    root = named[0].replace("\\", "\\\\").replace("'", "\\'")
    added = ["dataset=folder", f"dataset.root='{root}'"]
    if not any(a.startswith("hydra.run.dir=") for a in given):
        path = Path(named[0]).resolve()
        mark = hashlib.sha256(str(path).encode()).hexdigest()[:6]  # two folders may have one name
        name = re.sub(r"[^\w-]+", "-", path.name)
        added.append(f"hydra.run.dir=runs/studio/{name}-{mark}")
    return [*added, *given]
