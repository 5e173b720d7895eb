"""MkDocs hook: pages that do not lie in docs/, and links to them.

README, changelog, contributing and the model cards are shown from where they lie; every room of the package gets a
page of its API. A link from a page to a Python file of the package leads to that file's API; a link to another file
outside docs/ is shown as its text. ``FSANNOT_DOCS_ROOMS=edges,human`` builds the API of these rooms only.
"""

from __future__ import annotations

import ast
import os
import posixpath
import re
from pathlib import Path, PurePosixPath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
ELSEWHERE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "fsannot/edges/weights/poolnet_lite.md": "cards/poolnet_lite.md",
    "fsannot/clicks/weights/lite.md": "cards/lite.md",
}
"""File in the repository → page of the site."""
SOURCE_OF = {page: source for source, page in ELSEWHERE.items()}


def rooms() -> list[str]:
    """Rooms whose API is built, in the order of ``fsannot.ROOMS``, which is read without importing the package."""
    tree = ast.parse((ROOT / "fsannot" / "__init__.py").read_text(encoding="utf-8"))
    names: list[str] = next(
        list(ast.literal_eval(node.value))
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ROOMS"
    )
    chosen = os.environ.get("FSANNOT_DOCS_ROOMS")
    return names if chosen is None else [name for name in names if name in chosen.split(",")]


def modules(room: str) -> list[str]:
    """Dotted names of a room's modules; the room itself comes first."""
    files = sorted((ROOT / "fsannot" / room).rglob("*.py"))
    dotted = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    inside = [name for name in dotted if not name.endswith("__init__")]
    return [f"fsannot.{room}", *inside]


def api_page(room: str) -> str:
    """Markdown of a room's API page."""
    return "\n\n".join([f"# fsannot.{room}", *(f"::: {name}" for name in modules(room))]) + "\n"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the API pages to the navigation."""
    config.nav = [*(config.nav or []), {"API": [{room: f"api/{room}.md"} for room in rooms()]}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that do not lie in docs/."""
    made = {page: (ROOT / source).read_text(encoding="utf-8") for source, page in ELSEWHERE.items()}
    made |= {f"api/{room}.md": api_page(room) for room in rooms()}
    for page, content in made.items():
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let the links of a page lead to pages of the site."""
    here = page.file.src_uri
    return re.sub(r"(!?)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)", lambda found: _link(found, here), markdown)


def _link(found: re.Match[str], here: str) -> str:
    image, text, target, anchor = found[1], found[2], found[3], found[4] or ""
    if "://" in target:
        return found[0]
    source = SOURCE_OF.get(here, f"docs/{here}")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    if not (ROOT / path).exists():
        return found[0]  # MkDocs names it
    if path.startswith("docs/") and (ROOT / path).is_dir():
        path += "/README.md"
    goal = ELSEWHERE.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else None)
    if goal is not None:
        return f"{image}[{text}]({posixpath.relpath(goal, posixpath.dirname(here) or '.')}{anchor})"
    parts = PurePosixPath(path).with_suffix("").parts
    if path.endswith(".py") and parts[0] == "fsannot" and parts[1] in rooms():
        name = ".".join(part for part in parts if part != "__init__")
        return f"[{text}][{name}]"
    return text
