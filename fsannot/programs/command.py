"""The ``fsannot`` command: ``fsannot <program> key=value …``.

``fsannot`` alone lists the programs; ``fsannot <program> --help`` lists a program's parts and settings.
"""

from __future__ import annotations

import ast
import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.resources import files

from fsannot import __version__

PACKAGE = "fsannot.programs"
CURRENT = "FSANNOT_PROGRAM"
"""Environment variable that names the program which runs. Lightning starts the further processes of a training with
the arguments of the first one, from which the name has been taken off."""


def docstring(program: str) -> str:
    """Docstring of a program's module, which is not imported."""
    source = (files(PACKAGE) / f"{program}.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or ""


def programs() -> dict[str, str]:
    """The programs there are, found without importing any of them.

    Returns:
        name → first sentence of the module's docstring.
    """
    found = {}
    for entry in sorted(files(PACKAGE).iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".py"):
            continue
        source = entry.read_text(encoding="utf-8")
        if "\n@report_errors(" in source:
            name = entry.name.removesuffix(".py")
            found[name] = docstring(name).partition("\n")[0]
    return found


def overview() -> str:
    """What ``fsannot`` alone prints.

    Returns:
        usage, and a line for each program.
    """
    known = programs()
    width = max(map(len, known))
    lines = [f"  {name:<{width}}  {sentence}" for name, sentence in known.items()]
    return "\n".join(
        [
            f"fsannot {__version__}: feature space annotation, simulated and measured",
            "",
            "usage: fsannot <program> [key=value …]",
            "       fsannot <program> --help    what a program does, its parts and its settings",
            "",
            "programs:",
            *lines,
            "",
            "first steps: fsannot annotate experiment=quickstart",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program the first argument names with the other arguments; print the overview where there is none.

    Args:
        arguments: of the command line, without the command; ``None`` for those of this process.

    Raises:
        SystemExit: there is no such program, or the program ends with a status.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if "LOCAL_RANK" in os.environ and CURRENT in os.environ and given[:1] != [os.environ[CURRENT]]:
        given.insert(0, os.environ[CURRENT])
    if not given or given[0] in {"-h", "--help", "help"}:
        print(overview())
        return
    if given[0] in {"-V", "--version"}:
        print(__version__)
        return
    name = given[0].replace("-", "_")
    known = programs()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ";"
        sys.exit(f"fsannot: there is no program {given[0]!r}{hint} `fsannot` alone lists them")
    os.environ[CURRENT] = name
    sys.argv = [sys.argv[0], *given[1:]]
    import_module(f"{PACKAGE}.{name}").main()
