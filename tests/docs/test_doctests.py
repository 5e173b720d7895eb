"""The examples in docstrings run and give what they say."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = [
    "fsannot.annotation.actions",
    "fsannot.annotation.actions.action",
    "fsannot.annotation.session",
    "fsannot.human.clock",
    "fsannot.human.oracle",
    "fsannot.robots.rectangle",
    "fsannot.robots.robot",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    result = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0, f"{name} has no example; take it off the list"
    assert result.failed == 0
