"""How complete the public docstrings are: forty functions drawn at random, five parts each.

Usage: python scripts/docstring_audit.py [--count 40] [--seed 0] [--all] [--list]

The five parts, each counted where it applies:

* summary: the first line is one sentence;
* args: every parameter is described (or the sentence names it in double backticks);
* returns: what comes back is said, where something does;
* raises: every exception of the package that the body raises is named;
* arrays: every array that goes in or out is given with its shape and dtype.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import pkgutil
import random
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import fsannot

PARTS = ("summary", "args", "returns", "raises", "arrays")
DTYPE = r"(u?int\d*|float\d*|bool|labels|uint8)"
SHAPED = re.compile(rf"{DTYPE}[^.\n]{{0,24}}\(|\([A-Z≤\w, ×…]+,?\s*[\w, ≤×]*\)[^.\n]{{0,24}}{DTYPE}")


def public_functions() -> Iterator[tuple[str, Callable[..., Any], type | None]]:
    """Qualified name, function and class of every public function and method of the package."""
    for module in pkgutil.walk_packages(fsannot.__path__, "fsannot."):
        if module.name.startswith("fsannot.conf") or module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        for name, thing in vars(loaded).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != module.name:
                continue
            if inspect.isfunction(thing):
                yield f"{module.name}.{name}", thing, None
            elif inspect.isclass(thing):
                for method, function in vars(thing).items():
                    if not method.startswith("_") and inspect.isfunction(function):
                        yield f"{module.name}.{name}.{method}", function, thing


def completeness(function: Callable[..., Any], owner: type | None) -> dict[str, bool | None]:
    """Part → whether it is there, or None where it does not apply."""
    documented = getattr(owner, function.__name__) if owner else function
    text = inspect.getdoc(documented) or ""
    signature = inspect.signature(function)
    names = [n for n in signature.parameters if n not in {"self", "cls"} and not n.startswith("_")]
    hints = [str(p.annotation) for n, p in signature.parameters.items() if n in names]
    back = str(signature.return_annotation)
    gives = back not in {"None", "<class 'inspect._empty'>"}
    raised = _raised(function)
    arrays = any("ndarray" in hint or "Tensor" in hint for hint in [*hints, back])
    context = text + (inspect.getdoc(owner) or "" if owner else "")
    first = text.partition("\n\n")[0]
    return {
        "summary": bool(first) and first.rstrip().endswith((".", "!", "?", ":", ";")),
        "args": all(_says(text, name) for name in names) if names else None,
        "returns": bool(re.search(r"^Returns:|^Yields:", text, re.M) or _sentence_returns(text))
        if gives
        else None,
        "raises": all(error in text for error in raised) if raised else None,
        "arrays": bool(SHAPED.search(context)) if arrays else None,
    }


def _says(text: str, name: str) -> bool:
    return bool(re.search(rf"(^\s*|, )\*{{0,2}}{name}(, [\w*, ]+)?:|``[^`]*\b{name}\b[^`]*``", text, re.M))


def _sentence_returns(text: str) -> bool:
    """A summary that is itself what comes back: a noun phrase or a typed one, as in ``float32 (N, 2): …``."""
    first = text.partition("\n")[0]
    return bool(first) and not re.match(r"(Raise|Write|Print|Store|Draw|Forget)", first)


def _raised(function: Callable[..., Any]) -> set[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    found = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Raise)
            and isinstance(node.exc, ast.Call)
            and isinstance(node.exc.func, ast.Name)
        ):
            found.add(node.exc.func.id)
    return {name for name in found if name.endswith("Error") and name != "NotImplementedError"}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--all", action="store_true", help="every public function instead of a draw")
    parser.add_argument("--list", action="store_true", help="name what is incomplete")
    given = parser.parse_args()
    found = sorted(public_functions(), key=lambda item: item[0])
    drawn = found if given.all else random.Random(given.seed).sample(found, min(given.count, len(found)))
    results = [(name, completeness(function, owner)) for name, function, owner in drawn]
    print(f"{len(drawn)} of {len(found)} public functions, seed {given.seed}")
    print("| part | complete | applies to |\n| --- | ---: | ---: |")
    for part in PARTS:
        said = [result[part] for _, result in results if result[part] is not None]
        print(f"| {part} | {sum(map(bool, said))} | {len(said)} |")
    if given.list:
        for name, result in results:
            missing = [part for part in PARTS if result[part] is False]
            if missing:
                print(f"{name}: {', '.join(missing)}")


if __name__ == "__main__":
    main()
