"""Is a dataset complete? A report for people, with the expected tree and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fsannot.data.dataset import Dataset
from fsannot.data.errors import DatasetError, InputError
from fsannot.data.files import FolderDataset
from fsannot.data.folder import Folder
from fsannot.data.layout import Entry, LayoutError, draw_tree
from fsannot.data.sample import IGNORE

_SHOWN = 20  # damaged samples named in a report


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        complete: nothing is missing or damaged.
        text: the report, lines for a terminal or a file.
    """

    complete: bool
    text: str


def check(open_dataset: Callable[[], Dataset], *, decode: bool = True) -> Report:
    """Open a dataset and report what is there.

    Args:
        open_dataset: makes the dataset; its ``DatasetError`` becomes part of the report.
        decode: also read every image and mask, which finds damaged files.

    Returns:
        the report, with the expected tree and what is missing or damaged.

    Raises:
        InputError: an option of the dataset is not valid.

    Example:
        >>> from fsannot.data.synthetic import Synthetic
        >>> check(lambda: Synthetic(images=2, size=(48, 64))).complete
        True
    """
    try:
        dataset = open_dataset()
    except LayoutError as error:
        where = _tree(error.root, error.entries)
        return Report(False, f"{where}\n\nINCOMPLETE: {error.reason}\nGet it: {error.source}")
    except DatasetError as error:
        return Report(False, f"INCOMPLETE: {error}")
    lines = [_tree(dataset.root, dataset.entries())] if isinstance(dataset, FolderDataset) else []
    lines += ["", *_contents(dataset)]
    damaged = _damaged(dataset) if decode else []
    lines += [f"  {problem}" for problem in damaged[:_SHOWN]]
    if len(damaged) > _SHOWN:
        lines.append(f"  … and {len(damaged) - _SHOWN} more")
    if damaged:
        lines.append(f"INCOMPLETE: {len(damaged)} of {len(dataset)} samples cannot be used")
    else:
        lines.append(
            "complete" if decode else "complete, as far as names tell (dataset files were not decoded)"
        )
    return Report(not damaged, "\n".join(lines).strip())


def _tree(root: Path, entries: tuple[Entry, ...]) -> str:
    def remark(entry: Entry) -> str:
        files = len(entry.files(root))
        return f"   [{files} there]" if files else ("   [MISSING]" if entry.required else "   [none]")

    return draw_tree(root, entries, remark)


def _contents(dataset: Dataset) -> list[str]:
    groups = list(dict.fromkeys(dataset.groups))
    names = ", ".join(groups[:8]) + (f", … {len(groups) - 8} more" if len(groups) > 8 else "")
    lines = [
        f"{dataset.name}: {len(dataset)} images selected in {len(groups)} groups ({names})",
        f"task {dataset.task}, results per {dataset.unit}; classes {', '.join(dataset.classes)}",
    ]
    if isinstance(dataset, FolderDataset):
        lines.append(f"the paper's set: {dataset.official}")
    if isinstance(dataset, FolderDataset | Folder):
        lines += [f"left out: {name}, {reason}" for name, reason in dataset.excluded.items()]
    if not dataset.has_truth:
        lines.append("no ground truth: nothing is measured on these images, and robots cannot label them")
    return lines


def _damaged(dataset: Dataset) -> list[str]:
    problems = []
    for index, name in enumerate(dataset.ids):
        try:
            sample = dataset[index]
        except (DatasetError, InputError) as error:
            problems.append(str(error))
            continue
        if sample.target is not None and (sample.target == IGNORE).all():
            problems.append(f"{name}: every pixel is without class; nothing can be measured on it")
    return problems
