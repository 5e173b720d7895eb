"""What the page may say: bodies of requests, read within bounds and checked before anything is done."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

from fsannot.data.errors import InputError

MAX_BYTES = 1 << 17
"""Of one request."""
MAX_ITEMS = 4096
"""Of one list in it, e.g. segments or clicks."""
MAX_TEXT = 100
"""Characters of one text, e.g. the name of a class."""
MAX_NUMBER = 1e9


class TooLong(InputError):
    """A request is longer than any the page sends."""


async def read_message(request: Request) -> dict[str, Any]:
    """The JSON object a request carries.

    Args:
        request: a POST.

    Returns:
        the object: texts, finite numbers, booleans, null, lists of these, and at most one object below.

    Raises:
        TooLong: more than ``MAX_BYTES``; the rest is not read.
        InputError: not JSON of this kind; or not said to be JSON.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise InputError("Content-Type of a message must be application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLong(f"a message has at most {MAX_BYTES} bytes")
    try:
        message = json.loads(bytes(body), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError("a message must be one JSON object") from error
    if not isinstance(message, dict):
        raise InputError("a message must be one JSON object")
    return {
        str(key): _fields(value) if isinstance(value, dict) else _checked(value, 3)
        for key, value in message.items()
    }


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    """The one object a message may hold below: an action."""
    return {str(key): _checked(value, 2) for key, value in record.items()}


def _checked(value: Any, levels: int) -> Any:
    """A value within its bounds; lists may lie in lists, ``levels`` deep."""
    if isinstance(value, dict):
        raise InputError("a message holds objects on its first level only")
    if isinstance(value, list):
        if levels == 0 or len(value) > MAX_ITEMS:
            raise InputError(f"a list of a message has at most {MAX_ITEMS} items and few levels")
        return [_checked(item, levels - 1) for item in value]
    if isinstance(value, str) and (len(value) > MAX_TEXT or not value.isprintable()):
        raise InputError(f"a text of a message has at most {MAX_TEXT} printable characters")
    if isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
        raise InputError(f"a number of a message must lie between −{MAX_NUMBER:g} and {MAX_NUMBER:g}")
    return value


def number(message: dict[str, Any], key: str) -> float:
    """A number of a message.

    Args:
        message: the message.
        key: of the number.

    Returns:
        the number.

    Raises:
        InputError: there is none.
    """
    value = message.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{key}={value!r}: a number is needed")
    return float(value)


def whole(message: dict[str, Any], key: str) -> int:
    """A whole number of a message.

    Args:
        message: the message.
        key: of the number.

    Returns:
        the number.

    Raises:
        InputError: there is none.
    """
    value = message.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{key}={value!r}: a whole number is needed")
    return value


def text(message: dict[str, Any], key: str) -> str:
    """A text of a message that is not blank, without spaces around it.

    Args:
        message: the message.
        key: of the text.

    Returns:
        the text.

    Raises:
        InputError: there is none.
    """
    value = message.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{key}={value!r}: a text is needed")
    return value.strip()
