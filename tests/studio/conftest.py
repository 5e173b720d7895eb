"""A studio over tiny generated images, without a browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from fsannot.data.synthetic import Synthetic
from fsannot.edges.gradient import Gradient
from fsannot.features.backbone import Backbone
from fsannot.features.extract import FeatureExtractor
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.human.clock import Clock
from fsannot.metric_learning.learner import NoMetric
from fsannot.projection.pca import PcaProjector
from fsannot.studio.door import Door
from fsannot.studio.frames import decode_frame
from fsannot.studio.office import Office
from fsannot.studio.opening import open_studio
from fsannot.studio.routes import application

TOKEN = "a-token-nobody-guesses"
HOST = "127.0.0.1:8000"
ORIGIN = f"http://{HOST}"


def tiny_studio(folder: Path, **others: Any) -> Office:
    """A studio of four images, two of them open; ready when this returns."""
    settings: dict[str, Any] = {
        "dataset": Synthetic(images=4, size=(64, 96)),
        "edges": Gradient(),
        "hierarchy": Partitioner("area", threshold=60.0),
        "features": lambda: FeatureExtractor(
            backbone=Backbone(name="test_resnet", weights="random"), size=32, device="cpu"
        ),
        "projection": PcaProjector(),
        "local_projection": PcaProjector(),
        "metric": NoMetric(),
        "clock": Clock(),
        "folder": folder / "run",
        "cache": folder / "cache",
        "workers": 0,
        "first_images": 2,
        "batch_images": 1,
    }
    office = open_studio(**{**settings, **others})
    deadline = time.monotonic() + 120
    while office.status()["phase"] == "preparing" or office.preparation.prepared < 4:
        assert time.monotonic() < deadline, office.status()
        assert office.status()["problem"] is None, office.status()
        time.sleep(0.02)
    return office


class Page:
    """What a page does, without a browser."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.client = TestClient(Door(application(office), token=TOKEN, hosts=[HOST]), base_url=ORIGIN)
        self.version = 0
        self.load()

    def get(self, path: str) -> Any:
        return self.client.get(f"/{TOKEN}/{path}")

    def post(self, path: str, message: object) -> Any:
        return self.client.post(f"/{TOKEN}/api/{path}", json=message, headers={"Origin": ORIGIN})

    def load(self) -> tuple[dict[str, Any], dict[str, Any]]:
        header, columns = decode_frame(self.get("api/screen").content)
        self.version = int(header["version"])  # type: ignore[call-overload]
        return header, columns

    def act(self, **action: object) -> Any:
        """The answer to an action on the present screen."""
        answer = self.post("act", {"version": self.version, "action": action})
        if answer.status_code == 200:
            self.version = int(decode_frame(answer.content)[0]["version"])  # type: ignore[call-overload]
        return answer

    def labels(self) -> list[int]:
        return self.load()[1]["labels"].tolist()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = tiny_studio(tmp_path)
    yield office
    office.close()


@pytest.fixture
def page(office: Office) -> Page:
    return Page(office)
