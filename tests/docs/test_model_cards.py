"""Model cards: the header is valid for the Hugging Face hub, and says what the card says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CARDS = sorted((ROOT / "fsannot").rglob("weights/*.md"))
KEYS = {
    "license", "license_name", "license_link", "library_name", "pipeline_tag", "datasets", "metrics", "tags",
    "model-index",
}  # fmt: skip


def parts(card: Path) -> tuple[dict[str, Any], str]:
    """Header and text of a card."""
    before, header, body = card.read_text(encoding="utf-8").split("---\n", 2)
    assert before == ""
    return yaml.safe_load(header), body


def test_all_shipped_weights_have_a_card() -> None:
    weights = sorted((ROOT / "fsannot").rglob("weights/*.safetensors"))
    assert [path.with_suffix(".md") for path in weights] == CARDS and len(CARDS) == 2


@pytest.mark.parametrize("card", CARDS, ids=lambda p: p.name)
def test_the_header_has_what_the_hub_reads(card: Path) -> None:
    header, body = parts(card)
    assert set(header) == KEYS
    assert header["license"] == "other" and header["library_name"] == "fsannot"
    for key in ("datasets", "metrics", "tags"):
        assert header[key] and all(isinstance(value, str) for value in header[key])
    for dataset in header["datasets"]:
        assert dataset in body
    assert "**Licence.** Research use." in body


@pytest.mark.parametrize("card", CARDS, ids=lambda p: p.name)
def test_numbers_of_the_header_stand_in_the_card(card: Path) -> None:
    header, body = parts(card)
    (model,) = header["model-index"]
    assert model["name"] == card.stem and model["results"]
    for result in model["results"]:
        assert set(result) == {"task", "dataset", "metrics"}
        assert {"type", "name"} <= set(result["task"]) and {"type", "name", "split"} <= set(result["dataset"])
        for metric in result["metrics"]:
            assert set(metric) == {"type", "name", "value"} and metric["type"] in header["metrics"]
            value = metric["value"]
            assert isinstance(value, float)
            assert f"{value:.3f}" in body or f"{value:.2f}" in body, f"{metric['name']} {value}"


def test_licences_are_told_apart() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split("## Licence and citation\n")[1]
    assert "MIT" in readme and "research use" in readme
    for card in CARDS:
        assert str(card.relative_to(ROOT)) in readme
