"""The tree of files a dataset expects below its root, drawn for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fsannot.data.errors import DatasetError


@dataclass(frozen=True)
class Entry:
    """One line of an expected tree.

    Attributes:
        path: below the root, with ``<placeholders>`` for what varies, e.g. ``img/<frame>.jpg``.
        note: what the files are.
        required: whether the dataset can be opened without any of them.
    """

    path: str
    note: str
    required: bool = True

    def files(self, root: Path) -> list[Path]:
        """Files that match this entry.

        Args:
            root: folder of the dataset.

        Returns:
            existing files, sorted, without hidden ones.
        """
        pattern = re.sub(r"<[^>]*>", "*", self.path)
        return sorted(p for p in root.glob(pattern) if p.is_file() and not p.name.startswith("."))


class LayoutError(DatasetError):
    """The folder is not laid out as the dataset expects.

    Args:
        name: short name of the dataset.
        root: the folder that was opened.
        entries: the expected tree.
        reason: what is wrong with the folder, without the tree.
        source: where people get the data.

    Attributes:
        root: the folder that was opened.
        entries: the expected tree.
        reason: what is wrong with it, without the tree.
        source: where people get the data.
    """

    def __init__(self, name: str, root: Path, entries: Sequence[Entry], reason: str, source: str) -> None:
        self.root, self.entries, self.reason, self.source = root, tuple(entries), reason, source
        self._arguments = (name, root, tuple(entries), reason, source)
        super().__init__(
            f"{name}: {reason}\nExpected:\n{draw_tree(root, entries)}\n"
            f"Get it: {source}\nThen set dataset.root=<that folder>."
        )

    def __reduce__(self) -> tuple[type[LayoutError], tuple[object, ...]]:
        # workers of a parallel sweep send their errors pickled
        return type(self), self._arguments


def draw_tree(root: Path, entries: Sequence[Entry], remark: Callable[[Entry], str] | None = None) -> str:
    """Draw the expected tree as text, one branch per folder.

    Args:
        root: folder of the dataset, the first line.
        entries: the expected tree.
        remark: text behind an entry, e.g. how many of its files exist; None for no remarks.

    Returns:
        the tree, several lines.
    """
    lines = [f"{root}/"]
    width = max(len(name) + 4 * depth for e in entries for depth, name in enumerate(e.path.split("/"))) + 6
    notes = max(len(_note(entry)) for entry in entries) + 3

    def branch(items: list[tuple[list[str], Entry]], indent: str) -> None:
        names = list(dict.fromkeys(parts[0] for parts, _ in items))
        for name in names:
            last = name == names[-1]
            below = [(parts[1:], entry) for parts, entry in items if parts[0] == name]
            leaves = [entry for parts, entry in below if not parts]
            line = f"{indent}{'└── ' if last else '├── '}{name}{'' if leaves else '/'}"
            for entry in leaves:
                note = _note(entry)
                line = f"{line:<{width}}  {note:<{notes}}{remark(entry) if remark else ''}".rstrip()
            lines.append(line)
            branch([(parts, entry) for parts, entry in below if parts], indent + ("    " if last else "│   "))

    branch([(entry.path.split("/"), entry) for entry in entries], "")
    return "\n".join(lines)


def _note(entry: Entry) -> str:
    return entry.note if entry.required else f"{entry.note} (optional)"
