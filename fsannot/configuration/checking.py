"""The check of a configuration before a program starts: every value has its type, and every key is read by something.

A part is checked against the signature of its class, the settings of the program against
:mod:`fsannot.configuration.settings`. Ranges are checked by the parts themselves.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from fsannot.configuration.settings import PROGRAMS
from fsannot.configuration.targets import locate
from fsannot.configuration.value_types import (
    LISTS,
    OfEachRun,
    Part,
    described,
    fits,
    is_part,
    is_plain,
    remedy,
    shown,
)
from fsannot.data.errors import InputError

IMAGES = ("image", "images", "root", "folder")
"""Keys one may try for images of one's own."""


def check_settings(cfg: DictConfig, program: str) -> None:
    """Check all settings of a program.

    Args:
        cfg: composed configuration.
        program: its name, see :data:`~fsannot.configuration.settings.PROGRAMS`.

    Raises:
        InputError: a value of the wrong type, a missing setting, or one that nothing reads; names the key, the value,
            what is valid, and the remedy where one is known.
    """
    keys = [str(key) for key in cfg]
    added = set(keys) - get_type_hints(PROGRAMS[program]).keys()
    if added:  # keys of a user's own are read where others refer to them
        added &= set(re.findall(r"\$\{(\w+)", OmegaConf.to_yaml(cfg)))
    given = _Resolved(cfg, [key for key in keys if key not in added])
    _check_fields(given, PROGRAMS[program], "", f"{program}.py")


def check_part(node: Any, key: str) -> None:
    """Check the arguments of a part, and of the parts in it, against the signatures of their classes.

    Args:
        node: the part's configuration, interpolations resolved.
        key: of the part, dotted, as on the command line.

    Raises:
        InputError: see ``check_settings``.
    """
    if not is_part(node):
        raise InputError(f"{key}={shown(node)}: {described(Part)} is needed{choices_of(key)}")
    target = locate(node["_target_"], key)
    check_value(node.get("_partial_", False), bool, f"{key}._partial_")
    parameters = arguments(target)
    given = {str(name): value for name, value in node.items() if not str(name).startswith("_")}
    open_ended = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    known = {n: p for n, p in parameters.items() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
    for name, value in given.items():
        if name in known:
            check_value(value, known[name].annotation, f"{key}.{name}")
        elif not open_ended:
            raise InputError(unknown_key(f"{key}.{name}", value, known, f"{key} ({target.__qualname__})"))
    if node.get("_partial_") or node.get("_args_"):
        return
    for name, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and name not in given:
            raise InputError(f"{key}.{name} is not set: {_needed(parameter.annotation)} is needed")


def check_value(value: Any, annotation: Any, key: str) -> None:
    """Check a value against a type, and the parts in it against their signatures.

    Args:
        value: the value, interpolations resolved.
        annotation: its type.
        key: of the setting, dotted.

    Raises:
        InputError: see ``check_settings``.

    Examples:
        >>> check_value(3, int, "seed")
        >>> check_value("x", int, "seed")
        Traceback (most recent call last):
        ...
        fsannot.data.errors.InputError: seed=x: a whole number is needed
    """
    if is_typeddict(annotation):
        if not isinstance(value, Mapping):
            raise InputError(
                f"{key}={shown(value)}: a mapping of {', '.join(annotation.__annotations__)} is needed"
            )
        _check_fields(value, annotation, f"{key}.", key)
        return
    if annotation is OfEachRun:
        return
    items = _items(value, annotation)
    if items is not None:
        for name, item, inner in items:
            check_value(item, inner, f"{key}.{name}")
        return
    if annotation is Part:
        check_part(value, key)
        return
    if not fits(value, annotation):
        raise InputError(
            f"{key}={shown(value)}: {_needed(annotation)} is needed{remedy(key, value, annotation)}"
        )
    _check_inside(value, key)


@cache
def arguments(target: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Parameters of the class or function ``target``; annotations that cannot be evaluated stay strings."""
    made = inspect.isclass(target) and inspect.isfunction(target.__init__)  # type: ignore[misc]
    call = target.__init__ if made else target  # type: ignore[misc]
    try:
        found = dict(inspect.signature(call, eval_str=True).parameters)
    except NameError:  # of a name that is imported for type checkers only
        found = dict(inspect.signature(call).parameters)
    except ValueError:  # a function in C that does not tell
        return {"anything": inspect.Parameter("anything", inspect.Parameter.VAR_KEYWORD)}
    if made:
        found.pop(next(iter(found)))  # self
    return found


def unknown_key(key: str, value: Any, known: Collection[str], owner: str) -> str:
    """The sentence for a key that nothing reads.

    Args:
        key: dotted.
        value: it was given.
        known: last parts of the keys that exist.
        owner: what does not have it.

    Returns:
        names the key and the nearest ones that exist.

    Examples:
        >>> unknown_key("sed", 3, ["seed", "device"], "annotate.py")
        'sed=3: annotate.py has no setting sed; did you mean seed?'
    """
    name = key.rpartition(".")[2]
    if name in IMAGES and key in (name, f"dataset.{name}"):
        return f"{key}={shown(value)}: {owner} has no setting {name}; {own_images()}"
    close = difflib.get_close_matches(name, sorted(known), n=2, cutoff=0.6)
    prefix = key.removesuffix(name)
    said = f"{key}={shown(value)}: {owner} has no setting {name}"
    if close:
        said += f"; did you mean {' or '.join(prefix + found for found in close)}?"
    elif known:
        said += f"; it has {', '.join(sorted(known))}"
    else:
        said += "; it has none"
    return said


def own_images() -> str:
    """How to annotate your own images, as the end of a sentence."""
    with_root = [
        name for name in group_choices("dataset") if re.search(r"^root:", _text("dataset", name), re.M)
    ]
    if "folder" in with_root:
        return "for images of your own: dataset=folder dataset.root=<folder>"
    return (
        f"for images in a folder: dataset=<name> dataset.root=<folder>, with one of {', '.join(with_root)}; "
        "for a dataset of your own see docs/extending.md"
    )


def group_choices(group: str) -> list[str]:
    """Names of the files in ``conf/<group>/``, sorted; empty where there is no such ``group``."""
    folder = files("fsannot.conf") / group
    if not folder.is_dir():
        return []
    return sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml"))


def choices_of(key: str) -> str:
    """The choices of a configuration group, as the end of a sentence; empty where ``key`` is not a group."""
    group = key.split("@")[0].replace(".", "/")
    names = group_choices({"local_projection": "projection", "pooled": "features"}.get(group, group))
    return f"; choose {key}={'|'.join(names)}" if names else ""


def resolved(cfg: Any) -> Any:
    """Plain values of a configuration.

    Args:
        cfg: a configuration, or a plain value, which is returned as it is.

    Returns:
        dictionaries, lists and plain values.

    Raises:
        InputError: an interpolation cannot be resolved, or a value is missing; names the key.
    """
    if not OmegaConf.is_config(cfg):
        return cfg
    try:
        return OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        if isinstance(error, MissingMandatoryValue):
            key = str(error.full_key)
            raise InputError(f"{key} is not set, and has no default: {key}=<value> is needed") from error
        raise InputError(f"{error.full_key}: {said_by_omegaconf(error)}") from error


def said_by_omegaconf(error: OmegaConfBaseException) -> str:
    """The message of ``error`` in one line, without the position that OmegaConf appends."""
    return " ".join(re.sub(r"\n\s*(full_key|object_type|reference_type)[:=].*", "", str(error)).split())


class _Resolved(Mapping[str, Any]):
    """Top level of a configuration, each value resolved when it is asked for.

    One that refers to a value of the wrong type cannot be resolved; the value itself is checked, and named, first.
    """

    def __init__(self, cfg: DictConfig, keys: Collection[str]) -> None:
        self._cfg, self._keys = cfg, keys

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        try:
            value = self._cfg[key]
        except OmegaConfBaseException as error:
            raise InputError(f"{key}: {said_by_omegaconf(error)}") from error
        return resolved(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def _check_fields(given: Mapping[str, Any], schema: Any, prefix: str, owner: str) -> None:
    fields = get_type_hints(schema, include_extras=True)
    for name, annotation in fields.items():
        optional = get_origin(annotation) is NotRequired
        if name in given:
            check_value(given[name], get_args(annotation)[0] if optional else annotation, f"{prefix}{name}")
        elif not optional and annotation is not OfEachRun:  # robot=[] leaves it out: finished runs only
            raise InputError(
                f"{prefix}{name} is not set: {_needed(annotation)} is needed{choices_of(prefix + name)}"
            )
    for name, value in given.items():
        if name not in fields:
            raise InputError(unknown_key(f"{prefix}{name}", value, fields, owner))


def _items(value: Any, annotation: Any) -> list[tuple[Any, Any, Any]] | None:
    """Name, value and type of what a mapping or a list of parts holds, so that each is named on its own."""
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(value, Mapping) and origin is dict and not is_part(value):
        return [(name, item, args[1]) for name, item in value.items()]
    if (
        isinstance(value, list)
        and origin in LISTS
        and args
        and inspect.isclass(args[0])
        and not is_plain(args[0])
    ):
        return [(index, item, args[0]) for index, item in enumerate(value)]
    return None


def _check_inside(value: Any, key: str) -> None:
    """Check the parts that a value of the right type holds."""
    if is_part(value):
        check_part(value, key)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            _check_inside(item, f"{key}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_inside(item, f"{key}.{index}")


def _needed(annotation: Any) -> str:
    if get_origin(annotation) is NotRequired:
        annotation = get_args(annotation)[0]
    if is_typeddict(annotation):
        return f"a mapping of {', '.join(annotation.__annotations__)}"
    return described(annotation)


def _text(group: str, name: str) -> str:
    return (files("fsannot.conf") / group / f"{name}.yaml").read_text(encoding="utf-8")
