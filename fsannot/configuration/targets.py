"""The class or function that a ``_target_`` names, or the reason why there is none."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fsannot.data.errors import FsannotError, InputError


def locate(target: Any, key: str) -> Callable[..., Any]:
    """The class or function that ``<key>._target_=<target>`` names.

    Args:
        target: its module and name, dotted.
        key: of the part, for messages.

    Returns:
        the class or function.

    Raises:
        InputError: there is no such module, importing it fails, or it has no such class or function; says which, and
            what to do.

    Examples:
        >>> locate("fsannot.data.synthetic.Synthetic", "dataset").__name__
        'Synthetic'
    """
    said = f"{key}._target_={target}"
    if not isinstance(target, str) or target.count(".") < 1 or not all(target.split(".")):
        raise InputError(f"{said}: a class or function with its module is needed, such as my_package.MyClass")
    names = target.split(".")
    found = _imported(names[0], said)
    for position, name in enumerate(names[1:], 1):
        path = ".".join(names[:position])
        if not hasattr(found, name) and inspect.ismodule(found) and _is_module(f"{path}.{name}"):
            _imported(f"{path}.{name}", said)
        if not hasattr(found, name):
            raise InputError(f"{said}: {path} has no {name}{_near(name, found)}")
        found = getattr(found, name)
    if not callable(found):
        raise InputError(f"{said}: this is {found!r}, a class or function is needed")
    return found


def reason(error: BaseException) -> str:
    """An unexpected ``error`` in one line: its kind, its message, and the line of code it comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    said = " ".join(str(error).split())
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({error.filename}, line {error.lineno})"
    where = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {said}{where}"


def _imported(module: str, said: str) -> Any:
    try:
        return importlib.import_module(module)
    except FsannotError:
        raise
    except ModuleNotFoundError as error:
        if error.name == module:
            raise InputError(
                f"{said}: there is no module {module} on Python's path; {_remedy(module)}"
            ) from error
        raise InputError(
            f"{said}: importing {module} needs the module {error.name}, which is not on Python's path"
            f"{_import_line(error)}; install its package, or put its folder on PYTHONPATH"
        ) from error
    except Exception as error:
        raise InputError(f"{said}: importing {module} ends in {_reason_of_import(error)}") from error


def _remedy(module: str) -> str:
    beside = [Path.cwd() / f"{module}.py", Path.cwd() / module]
    if any(path.exists() for path in beside):
        return f"it lies in {Path.cwd()}, which is not on it: start the program with PYTHONPATH={Path.cwd()}"
    return "install its package, or put the folder it lies in on PYTHONPATH"


def _import_line(error: BaseException) -> str:
    frame = _own_frame(error)
    return f" ({frame.filename}, line {frame.lineno})" if frame else ""


def _reason_of_import(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return reason(error)
    return f"{type(error).__name__}: {' '.join(str(error).split())}{_import_line(error)}"


def _own_frame(error: BaseException) -> traceback.FrameSummary | None:
    """The last line of code that is not Python's own import machinery."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<frozen")]
    frames = [f for f in frames if f.filename not in (__file__, importlib.__file__)]
    return frames[-1] if frames else None


def _is_module(path: str) -> bool:
    try:
        return path in sys.modules or importlib.util.find_spec(path) is not None
    except (ImportError, AttributeError, ValueError):
        return False


def _near(name: str, owner: Any) -> str:
    known = [n for n in vars(owner) if not n.startswith("_")] if hasattr(owner, "__dict__") else []
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    classes = [
        n
        for n in known
        if inspect.isclass(getattr(owner, n)) and getattr(owner, n).__module__ == owner.__name__
    ]
    return f"; it has {', '.join(classes[:8])}" if classes else ""
