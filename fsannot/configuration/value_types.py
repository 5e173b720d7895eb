"""Whether a value of a configuration has the type of an annotation, and that type in words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

LISTS = (list, tuple, set, frozenset, Sequence, Iterable, Collection)
"""Types whose values are lists in YAML."""
_WORDS: dict[Any, tuple[str, str]] = {
    bool: ("true or false", "true or false each"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    str: ("a text", "texts"),
    Path: ("a path", "paths"),
    NoneType: ("null", "nulls"),
}


@dataclass(frozen=True)
class AtLeast:
    """The smallest valid number, in ``Annotated[int, AtLeast(1)]``.

    Attributes:
        least: that number.
    """

    least: int


class Part:
    """Annotation of a setting that is a part of the program: a mapping whose ``_target_`` names its class."""


class OfEachRun:
    """Annotation of a part that a table varies: it is checked in each run, not in the table's own configuration."""


def fits(value: Any, annotation: Any) -> bool:
    """Whether a value has the annotated type.

    A whole number is a number, but true and false are neither. A list counts as a tuple, and a string as a path. A
    mapping with ``_target_`` is an object of any class. Annotations that are not types, such as an unevaluated
    string, accept everything.

    Args:
        value: as YAML and Hydra's command line give it.
        annotation: a type, such as ``int | None``.

    Returns:
        True where it fits.

    Examples:
        >>> fits(3, float), fits(True, int), fits([1, 2], tuple[int, int]), fits("3", int)
        (True, False, True, False)
    """
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return fits(value, args[0]) and _large_enough(value, annotation.__metadata__)
    if origin in (Union, UnionType):
        return any(fits(value, choice) for choice in args)
    if origin is Literal:
        return any(type(value) is type(choice) and value == choice for choice in args)
    if annotation in (None, NoneType):
        return value is None
    if annotation is bool:
        return isinstance(value, bool)
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if annotation is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if annotation is str:
        return isinstance(value, str)
    if annotation is Path:
        return isinstance(value, str | Path)
    if (origin or annotation) in LISTS:
        return isinstance(value, list | tuple) and _items_fit(value, origin, args)
    if (origin or annotation) in (dict, Mapping):
        key, item = args or (Any, Any)
        return isinstance(value, Mapping) and all(fits(k, key) and fits(v, item) for k, v in value.items())
    if (origin or annotation) is Callable:
        return callable(value) or is_part(value)
    if inspect.isclass(annotation) and annotation not in (Any, inspect.Parameter.empty, object):
        return is_part(value) or (annotation is not Part and isinstance(value, annotation))
    return True


def described(annotation: Any, *, several: bool = False) -> str:
    """A type in words.

    Args:
        annotation: a type.
        several: in the plural.

    Returns:
        such as "a whole number or null", or "whole numbers or nulls".

    Examples:
        >>> described(int | None), described(list[float])
        ('a whole number or null', 'a list of numbers')
    """
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        bounds = [f" ≥ {bound.least}" for bound in annotation.__metadata__ if isinstance(bound, AtLeast)]
        return described(args[0], several=several) + "".join(bounds)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(described(choice, several=several) for choice in args))
    if origin is Literal:
        return f"one of {', '.join(shown(choice) for choice in args)}" + (" each" if several else "")
    if annotation is None:
        annotation = NoneType
    if annotation in _WORDS:
        return _WORDS[annotation][several]
    if (origin or annotation) in LISTS:
        word = "lists" if several else "a list"
        items = [item for item in args if item is not Ellipsis]
        if origin is tuple and Ellipsis not in args and items:
            return f"{word} of {len(items)} {described(items[0], several=True)}"
        return f"{word} of {described(items[0], several=True)}" if items else word
    if (origin or annotation) in (dict, Mapping):
        values = f" to {described(args[1], several=True)}" if args else ""
        return f"{'mappings' if several else 'a mapping'} of names{values}"
    if inspect.isclass(annotation):
        named = "" if annotation is Part else f" {annotation.__name__}"
        return f"parts{named} with _target_" if several else f"a part{named}, with _target_,"
    return "other values" if several else "another value"


def shown(value: Any) -> str:
    """A ``value`` as it is written on the command line.

    Examples:
        >>> shown([None, True, "a b"])
        "[null,true,'a b']"
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value if value and not any(c.isspace() or c in "'\",[]{}" for c in value) else repr(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(shown(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key}:{shown(item)}' for key, item in value.items())}}}"
    return str(value)


def remedy(key: str, value: Any, annotation: Any) -> str:
    """How to write what was probably meant.

    Args:
        key: of the setting, dotted.
        value: it was given.
        annotation: the type it has to have.

    Returns:
        the end of a sentence, or an empty string where nothing is known.

    Examples:
        >>> remedy("runs", "outputs", list[str])
        '; write runs=[outputs]'
    """
    if isinstance(value, int | float | bool) and (fits(str(value), annotation)):
        return f"; quote it: '{key}=\"{shown(value)}\"'"
    if not isinstance(value, list | Mapping | None) and fits([value], annotation):
        return f"; write {key}=[{shown(value)}]"
    return ""


def is_plain(annotation: Any) -> bool:
    """Whether ``annotation`` is the type of a single value, not of an object."""
    return annotation in _WORDS or annotation in (Any, object, inspect.Parameter.empty)


def is_part(value: Any) -> bool:
    """Whether ``value`` is a mapping that describes an object."""
    return isinstance(value, Mapping) and "_target_" in value


def _large_enough(value: Any, bounds: Sequence[Any]) -> bool:
    return all(value >= bound.least for bound in bounds if isinstance(bound, AtLeast))


def _items_fit(value: Sequence[Any], origin: Any, args: tuple[Any, ...]) -> bool:
    if origin is tuple and args and Ellipsis not in args:
        return len(value) == len(args) and all(fits(v, a) for v, a in zip(value, args, strict=True))
    return not args or all(fits(item, args[0]) for item in value)
