"""What a part of a run was made with, so that a run started from Python is described as one from the command line."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from abc import ABCMeta
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

Part = TypeVar("Part")

_GIVEN: WeakKeyDictionary[Any, tuple[tuple[Any, ...], dict[str, Any]]] = WeakKeyDictionary()
# beside the objects, not in them: fingerprints and copies of them stay what they are


class KeepsArguments(ABCMeta):
    """Metaclass of parts: the arguments of their construction are kept for :func:`described`.

    A metaclass, because every class made of a part's base class takes part, whatever its ``__init__`` does.
    """

    def __call__(cls: type[Part], *args: Any, **kwargs: Any) -> Part:
        made = super().__call__(*args, **kwargs)  # type: ignore[misc]
        _GIVEN[made] = args, kwargs
        return made

    @property
    def __signature__(cls) -> inspect.Signature:  # of ``__init__``, not of ``__call__`` above
        if cls.__init__ is object.__init__:  # type: ignore[misc]
            return inspect.Signature()
        signature = inspect.signature(cls.__init__)  # type: ignore[misc]
        return signature.replace(parameters=list(signature.parameters.values())[1:])


def described(value: object) -> Any:
    """A part, and the parts in it, in values that YAML and JSON have, as Hydra's configurations write them.

    Args:
        value: a part: an object of a class with the metaclass :class:`KeepsArguments`, or a dataclass; or an
            argument of one.

    Returns:
        for a part, a mapping of ``_target_``, its class, and all arguments by name, defaults included; plain
        values, lists and mappings as they are; of anything else, only the name of its class or function.

    Example:
        >>> from fsannot.hierarchy.partitioner import Partitioner
        >>> described(Partitioner("area", threshold=30.0))  # doctest: +NORMALIZE_WHITESPACE
        {'_target_': 'fsannot.hierarchy.partitioner.Partitioner', 'criterion': 'area', 'threshold': 30.0,
         'min_strength': 0.0, 'features': None}
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): described(each) for key, each in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [described(each) for each in value]
    if isinstance(value, functools.partial):
        return {"_target_": _name(value.func), "_partial_": True} | _bound(
            value.func, value.args, value.keywords
        )
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value) if field.init]
        return {"_target_": _name(type(value))} | {name: described(getattr(value, name)) for name in fields}
    if isinstance(type(value), KeepsArguments) and value in _GIVEN:
        args, kwargs = _GIVEN[value]
        return {"_target_": _name(type(value))} | _bound(type(value), args, kwargs, defaults=True)
    return _name(value if callable(value) and hasattr(value, "__qualname__") else type(value))


def _bound(
    call: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], *, defaults: bool = False
) -> dict[str, Any]:
    """Arguments by name."""
    signature = inspect.signature(call)
    bound = signature.bind_partial(*args, **kwargs)
    if defaults:
        bound.apply_defaults()
    named: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        match signature.parameters[name].kind:
            case inspect.Parameter.VAR_KEYWORD:
                named |= described(value)
            case inspect.Parameter.VAR_POSITIONAL:
                named |= {"_args_": described(value)} if value else {}
            case _:
                named[name] = described(value)
    return named


def _name(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"
