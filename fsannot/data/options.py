"""Constructor options checked at the door, and the selections every dataset offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Protocol, TypeVar

from fsannot.data.errors import InputError


class Grouped(Protocol):
    """Anything that belongs to a group of images."""

    @property
    def group(self) -> str: ...


G = TypeVar("G", bound=Grouped)


def one_of(option: str, value: object, choices: Sequence[str]) -> None:
    """Check an option that takes one of several names.

    Args:
        option: key below ``dataset``, for the message.
        value: what was given.
        choices: valid values.

    Raises:
        InputError: ``value`` is not one of ``choices``.
    """
    if value not in choices:
        raise InputError(f"dataset.{option}={value!r} is not valid; choose {', '.join(choices)}")


def integer(option: str, value: object, *, minimum: int) -> int:
    """Check an option that takes an integer.

    Args:
        option: key below ``dataset``, for the message.
        value: what was given.
        minimum: smallest valid value.

    Returns:
        ``value`` as int.

    Raises:
        InputError: ``value`` is a boolean, no integer, or below ``minimum``.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < minimum:
        raise InputError(
            f"dataset.{option}={value!r} is not valid; it must be an integer of at least {minimum}"
        )
    return int(value)


def group_names(value: object) -> tuple[str, ...] | None:
    """Check the option ``dataset.groups``.

    Args:
        value: None for all groups, or a list of names.

    Returns:
        the names, or None for all groups.

    Raises:
        InputError: ``value`` is no list of names, or an empty one.
    """
    if value is None:
        return None
    if (
        isinstance(value, str)
        or not isinstance(value, Sequence)
        or not all(isinstance(g, str) for g in value)
    ):
        raise InputError(f"dataset.groups={value!r} is not valid; it must be null or a list of group names")
    if not value:
        raise InputError("dataset.groups=[] selects nothing; set it to null for all groups")
    return tuple(value)


def in_groups(items: Iterable[G], groups: tuple[str, ...] | None) -> list[G]:
    """The items of the named groups.

    Args:
        items: anything with an attribute ``group``.
        groups: names of the groups to keep; None keeps all.

    Returns:
        the items kept, in their order.

    Raises:
        InputError: a name is no group of this dataset; lists those there are.
    """
    items = list(items)
    if groups is None:
        return items
    known = sorted({item.group for item in items})
    unknown = [name for name in groups if name not in known]
    if unknown:
        shown = ", ".join(known[:40]) + (f" and {len(known) - 40} more" if len(known) > 40 else "")
        raise InputError(
            f"dataset.groups: {unknown} not in this dataset, whose groups are {shown or '(none)'}; "
            "name some of these, or set dataset.groups=null for all"
        )
    return [item for item in items if item.group in groups]


def class_names(value: object) -> tuple[str, ...]:
    """Check the option ``dataset.classes``.

    Args:
        value: a list of names.

    Returns:
        the names, without white space around them.

    Raises:
        InputError: ``value`` is no list of 2 to 254 different names; a name is empty or longer than 80 characters or
            has a character that cannot be shown.
    """
    said = f"dataset.classes={value!r} is not valid;"
    if (
        isinstance(value, str)
        or not isinstance(value, Sequence)
        or not all(isinstance(n, str) for n in value)
    ):
        raise InputError(f"{said} it must be a list of names, such as [background,dog,cat]")
    names = tuple(name.strip() for name in value)
    for name in names:
        if not 1 <= len(name) <= 80 or not name.isprintable():
            raise InputError(f"{said} {name!r} is not a name of 1 to 80 characters that can be shown")
    if len(set(names)) < len(names):
        raise InputError(f"{said} a name occurs twice")
    if not 2 <= len(names) <= 254:
        raise InputError(f"{said} 2 to 254 names are needed")
    return names
