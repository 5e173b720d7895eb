"""Rooms that share their name with a function of the Python API: ``fsannot.edges`` is a package and can be called.

``import fsannot.edges`` makes ``edges`` an attribute of ``fsannot``, whatever ``fsannot`` itself says. So the package
passes a call on to the function of the same name in ``fsannot.api``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class CallableRoom(ModuleType):
    """A package that passes calls on to the function of its name in ``fsannot.api``."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)

    @property
    def __wrapped__(self) -> Any:  # where ``help`` and ``inspect.signature`` look
        return getattr(import_module("fsannot.api"), self.__name__.rpartition(".")[2])


def make_callable(room: str) -> None:
    """Let a package be called.

    Args:
        room: its full name, such as ``"fsannot.edges"``.
    """
    sys.modules[room].__class__ = CallableRoom
