"""The ``fsannot`` command: ``fsannot <program> key=value …``.

``fsannot`` alone lists the programs; ``fsannot <program> --help`` lists a program's configuration groups and keys.
"""

from __future__ import annotations

import ast
import difflib
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files

PACKAGE = "fsannot.programs"


def programs() -> dict[str, str]:
    """Name of every program → its first sentence, without importing any of them."""
    found = {}
    for entry in sorted(files(PACKAGE).iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".py"):
            continue
        source = entry.read_text(encoding="utf-8")
        if "\n@report_errors(" in source:
            said = ast.get_docstring(ast.parse(source)) or ""
            found[entry.name.removesuffix(".py")] = said.partition("\n")[0]
    return found


def overview() -> str:
    """What ``fsannot`` alone prints."""
    known = programs()
    width = max(map(len, known))
    lines = [f"  {name:<{width}}  {said}" for name, said in known.items()]
    return "\n".join(
        [
            f"fsannot {version('fsannot')}: feature space annotation, simulated and measured",
            "",
            "usage: fsannot <program> [key=value …]",
            "       fsannot <program> --help    configuration groups and keys of a program",
            "",
            "programs:",
            *lines,
            "",
            "first steps: fsannot annotate experiment=quickstart",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program the first argument names with the others; print the overview where there is none."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in {"-h", "--help", "help"}:
        print(overview())
        return
    if given[0] in {"-V", "--version"}:
        print(version("fsannot"))
        return
    name = given[0].replace("-", "_")
    known = programs()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        sys.exit(f"fsannot: there is no program {given[0]!r}{hint} `fsannot` alone lists them all")
    sys.argv = [f"fsannot {name}", *given[1:]]
    import_module(f"{PACKAGE}.{name}").main()
