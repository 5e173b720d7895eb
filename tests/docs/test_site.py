"""The documentation site builds without a warning, and its pages load nothing from the internet.

All pages are built, with the API of a few rooms only: ``scripts/docs.sh`` builds all rooms, which takes half a minute.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = ("progress", "edges", "human")
LOADED = re.compile(
    r"<(?:script|img|iframe|source)[^>]*\bsrc=\"?https?:[^>]*>|<link[^>]*\bhref=\"?https?:[^>]*>"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="needs the extra docs")
    pytest.importorskip("mkdocstrings_handlers.python", reason="needs the extra docs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "FSANNOT_DOCS_ROOMS": ",".join(BUILT)}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


def test_every_page_is_there(site: Path) -> None:
    for room in BUILT:
        assert (site / "api" / f"{room}.html").is_file(), room
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").with_suffix(".html")
        assert (site / (name.with_name("index.html") if name.stem == "README" else name)).is_file(), page
    text = (site / "api" / "edges.html").read_text(encoding="utf-8")
    assert 'id="fsannot.edges.model.EdgeModel.predict"' in text


def test_links_to_source_files_lead_to_the_api(site: Path) -> None:
    assert 'href="api/human.html#fsannot.human.clock"' in (site / "guide.html").read_text(encoding="utf-8")


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(BUILT)
    for page in pages:
        assert not LOADED.findall(page.read_text(encoding="utf-8")), page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import )[\"']?https?:", sheet.read_text(encoding="utf-8")), sheet
