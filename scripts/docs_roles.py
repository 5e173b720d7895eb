"""Griffe extension of the documentation site: reStructuredText roles in docstrings are shown as code."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":[a-z]+:`(~?)([^`]+)`")


def as_code(text: str) -> str:
    """The text with ``:class:`~a.b.C``` as ``C`` in code style, and ``:class:`a.b.C``` as ``a.b.C``."""
    return ROLE.sub(lambda m: f"`{m[2].rsplit('.', 1)[-1] if m[1] else m[2]}`", text)


class Roles(griffe.Extension):
    """Rewrites the docstring of every object that is loaded."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = as_code(obj.docstring.value)
