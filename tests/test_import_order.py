"""Data flows one way: a room imports only rooms that stand before it, and no two files import each other."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path
from statistics import median

import pytest

import fsannot

ROOT = Path(fsannot.__file__).parent
FILES = [p for p in sorted(ROOT.rglob("*.py")) if "conf" not in p.relative_to(ROOT).parts]
MODULES = {
    ".".join(("fsannot", *p.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): p
    for p in FILES
}
TOP = {"__init__", "__main__", "api"}
"""Files above all rooms."""


def room_of(module: str) -> str:
    return module.split(".")[1]


@cache
def imported(path: Path) -> frozenset[str]:
    """Modules of the package a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "fsannot":
            names |= {
                f"{node.module}.{a.name}" if f"{node.module}.{a.name}" in MODULES else node.module
                for a in node.names
            }
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.split(".")[0] == "fsannot"}
    return frozenset(names - {"fsannot"})


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_only_rooms_before_it(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if room in TOP:
        return
    assert room in fsannot.ROOMS, f"{room} has no place in fsannot.ROOMS"
    place = fsannot.ROOMS.index
    later = {r for r in map(room_of, imported(path)) if r not in fsannot.ROOMS or place(r) > place(room)}
    assert not later, f"{path.relative_to(ROOT)} imports {later}, which stand after {room}"


def test_no_file_imports_itself_by_a_detour() -> None:
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, f"a circle: {' → '.join((*way[way.index(module) :], module))}"
        if module not in done:
            for other in sorted(imported(MODULES[module]) & MODULES.keys()):
                visit(other, (*way, module))
            done.add(module)

    for module in MODULES:
        visit(module, ())


def test_rooms_and_files_stay_small() -> None:
    lines = {module: len(path.read_text().splitlines()) for module, path in MODULES.items()}
    rooms: Counter[str] = Counter()
    for module, count in lines.items():
        rooms[room_of(module + ".")] += count
    room, largest = rooms.most_common(1)[0]
    assert largest < 0.12 * rooms.total(), f"{room} has {largest} of {rooms.total()} lines"
    assert median(count for count in lines.values() if count) <= 120


def test_ground_truth_has_two_doors() -> None:
    """Only the oracle (human) and the evaluation read a sample's target; others hand it over."""
    allowed = {
        "data",
        "evaluation",
        "training",
        "runs",
        "simulation",
        "studies",
        "programs",
        "benchmarks",
        "report",
    }
    doors = {"human/oracle.py", "edges/perfect.py", "precompute/stages.py", "clicks/units.py"}
    for path in FILES:
        relative = path.relative_to(ROOT)
        if relative.parts[0] in allowed or str(relative) in doors:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"target", "truth", "instances"}:
                pytest.fail(f"{relative}:{node.lineno} reads ground truth")
