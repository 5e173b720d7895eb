"""What ``fsannot <program> --help`` says besides the settings, see ``conf/hydra/help/fsannot.yaml``."""

from __future__ import annotations

import textwrap

from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from fsannot.configuration.checking import group_choices
from fsannot.programs.command import docstring

NOT_PARTS = ("hydra", "paths")
"""Groups that hold what all programs have in common."""


def register_help() -> None:
    """Make the resolvers ``about_program`` and ``program_groups`` that the help text asks for."""
    OmegaConf.register_new_resolver("about_program", about_program, replace=True)
    OmegaConf.register_new_resolver("program_groups", program_groups, replace=True)


def about_program(program: str) -> str:
    """A program's docstring, as part of the text that Hydra then fills in: a ``$`` is written twice."""
    return docstring(program).replace("$", "$$")


def program_groups() -> str:
    """The groups the current program is composed of, each with its choice and what else it offers."""
    lines = []
    for place, chosen in sorted(HydraConfig.get().runtime.choices.items()):
        group = place.partition("@")[0]
        if group.split("/")[0] in NOT_PARTS:
            continue
        lines.append(f"{place}={'null' if chosen is None else chosen}")
        offered = f"of {', '.join(group_choices(group))}"
        lines += textwrap.wrap(offered, 100, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines) or "none"
