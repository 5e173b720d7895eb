"""Text of a ``config.yaml``, checked before it is parsed: references that multiply, and nesting without end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from fsannot.data.errors import ResultsError

LONGEST = 2_000_000
"""Characters; a configuration has some thousands."""
MOST_VALUES, DEEPEST = 100_000, 60
_REMEDY = "restore the file, or run again"


def parsed_config(text: str, path: Path | str) -> Any:
    """Parse YAML without objects.

    Args:
        text: of the file.
        path: of the file, for the message.

    Returns:
        plain values.

    Raises:
        ResultsError: not YAML, too long, too deep, or references that stand for more values than a configuration has.
    """
    try:
        if len(text) > LONGEST:
            raise ValueError(f"{len(text)} characters, at most {LONGEST} are read")
        if text.count("[") + text.count("{") + text.count("- ") > MOST_VALUES:
            raise ValueError("too many values")
        root = yaml.compose(text, yaml.SafeLoader)
        if root is not None and _values(root, {}, 0) > MOST_VALUES:
            raise ValueError(f"its references stand for more than {MOST_VALUES} values")
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, OverflowError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ResultsError(f"{path}: not a readable configuration ({reason}); {_REMEDY}") from error


def _values(node: yaml.Node, known: dict[int, int], depth: int) -> int:
    """Values a node stands for, those it refers to included; raises ``ValueError`` for nesting without end."""
    if depth > DEEPEST:
        raise ValueError(f"values are nested more than {DEEPEST} deep")
    if id(node) in known:
        return known[id(node)]
    count = 1
    if isinstance(node, yaml.SequenceNode):
        count += sum(_values(item, known, depth + 1) for item in node.value)
    elif isinstance(node, yaml.MappingNode):
        count += sum(_values(part, known, depth + 1) for pair in node.value for part in pair)
    known[id(node)] = count
    return count
