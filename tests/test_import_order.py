"""Data flows one way: a room imports only rooms that stand before it (see fsannot/__init__.py)."""

import ast
from pathlib import Path

import pytest

import fsannot

ROOT = Path(fsannot.__file__).parent
ORDER = (
    "arguments progress data device lanes weights_content weights lite0 edges hierarchy segments features projection "
    "annotation robots clicks evaluation report store pipeline"
).split()


def rooms_imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= (
                {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
                if node.module == "fsannot"
                else {node.module}
            )
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {n.split(".")[1] for n in names if n.startswith("fsannot.")}


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_only_rooms_before_it(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if room == "__init__" or "conf" in path.parts:
        return
    assert room in ORDER, f"{room} has no place in the order of rooms"
    later = {r for r in rooms_imported(path) if r in ORDER and ORDER.index(r) > ORDER.index(room)}
    assert not later, f"{path.relative_to(ROOT)} imports {later}, which stand after {room}"


def test_ground_truth_has_two_doors() -> None:
    """Only the oracle (robots) and evaluation read a sample's target; programs and datasets hand it over."""
    allowed = {"data", "robots", "evaluation", "pipeline", "report"}
    training = {"edges/training.py", "edges/perfect.py"}
    for path in sorted(ROOT.rglob("*.py")):
        relative = path.relative_to(ROOT)
        if relative.parts[0] in allowed or "training" in relative.name or str(relative) in training:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"target", "instances"}:
                pytest.fail(f"{relative}:{node.lineno} reads ground truth")
