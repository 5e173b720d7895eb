"""CONTRIBUTING.md names rooms and functions that exist, in the order of ``fsannot.ROOMS``."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import fsannot

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAME = r"`([\w/]+\.py:[\w.]+)`"
WALKS = ("A segment, from image to mask", "An action, from choice to report")


def walk(title: str) -> list[tuple[str, str, list[str]]]:
    """Steps of a walk: what works, who calls it, what it asks."""
    part = re.split(r"^##+ ", TEXT.split(f"### {title}\n")[1], flags=re.M)[0]
    items = re.split(r"^\d+\. ", part, flags=re.M)[1:]
    steps = []
    for number, item in enumerate(items, 1):
        head = re.match(rf"{NAME} \(called by\s+{NAME}\): \S", item)
        assert head, (
            f"{title}, step {number}: `file.py:function` (called by `file.py:function`): what happens"
        )
        steps.append((head[1], head[2], re.findall(rf"^    \* asks {NAME}: \S", item, flags=re.M)))
    assert len(steps) > 5
    return steps


def source(name: str) -> ast.FunctionDef | ast.ClassDef:
    """The definition a name stands for."""
    file, dotted = name.split(":")
    scope: ast.Module | ast.FunctionDef | ast.ClassDef = ast.parse((ROOT / "fsannot" / file).read_text())
    for part in dotted.split("."):
        found = [n for n in scope.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == part]
        assert found, f"{name}: there is no {part}"
        scope = found[0]
    assert isinstance(scope, ast.FunctionDef | ast.ClassDef)
    return scope


def calls(caller: str, callee: str) -> bool:
    """Whether the last part of ``callee`` is called or handed over in the body of ``caller``."""
    name = callee.split(":")[1].split(".")[-1]
    return any(
        (isinstance(node, ast.Attribute) and node.attr == name)
        or (isinstance(node, ast.Name) and node.id == name)
        for node in ast.walk(source(caller))
    )


def place(name: str) -> int:
    return fsannot.ROOMS.index(name.split("/")[0])


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_names_calls_that_are_made(title: str) -> None:
    for callee, caller, asked in walk(title):
        for name in (callee, caller, *asked):
            source(name)
        assert calls(caller, callee), f"{title}: {caller} does not call {callee}"
        assert place(caller) >= place(callee), f"{title}: {caller} stands before {callee}"


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_never_goes_back(title: str) -> None:
    steps = walk(title)
    places = [place(callee) for callee, _, _ in steps]
    assert places == sorted(places), f"{title}: {[callee for callee, _, _ in steps]}"
    for callee, _, asked in steps:
        for name in asked:
            assert place(name) < place(callee), (
                f"{title}: {callee} asks {name}, which is in no room before it"
            )


def test_the_table_of_rooms_is_that_of_the_package() -> None:
    part = TEXT.split("## The rooms\n")[1].split("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \| \S", part, flags=re.M)) == fsannot.ROOMS


@pytest.mark.parametrize("title", WALKS)
def test_what_a_step_asks_is_called_in_its_file_or_in_those_it_asked_before(title: str) -> None:
    for callee, _, asked in walk(title):
        files = [callee.split(":")[0]]
        for name in asked:
            method = re.split(r"[.:]", name)[-1]
            texts = [(ROOT / "fsannot" / file).read_text() for file in files]
            assert any(re.search(rf"(?<!def ){method}\(", text) for text in texts), f"{title}: {name}"
            files.append(name.split(":")[0])
