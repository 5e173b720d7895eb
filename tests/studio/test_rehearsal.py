"""A robot's trace played in the page by a real mouse and keyboard gives the robot's masks."""

from __future__ import annotations

from pathlib import Path

import pytest

from fsannot.annotation import actions as act
from fsannot.studio.hand import Hand
from fsannot.studio.rehearsal import Rehearsal
from fsannot.studio.rehearsed_run import rehearse_run
from tests.experiments.command_line import call
from tests.studio.browser import hand_at as page_at
from tests.studio.browser import needs_chromium, served
from tests.studio.conftest import tiny_studio

pytestmark = [pytest.mark.browser, needs_chromium]
TINY = (
    "dataset=synthetic", "dataset.images=2", "dataset.size=[64,96]", "edges=gradient", "hierarchy=area",
    "hierarchy.threshold=60", "projection=pca", "projection@local_projection=pca", "metric=none", "device=cpu",
    "workers=0",
)  # fmt: skip


def test_a_run_of_the_expert_can_be_made_by_hand(tmp_path: Path) -> None:
    run, cache = tmp_path / "run", tmp_path / "cache"
    status, written = call("annotate", *TINY, "robot=expert", f"hydra.run.dir={run}", cache=cache)
    assert status == 0, written
    done = rehearse_run(run, cache=cache)
    assert done.played.not_made == [] and done.played.made.total() > 2
    assert done.images == 2 and done.different == ()


def test_what_a_hand_cannot_make_is_named_and_done_all_the_same(tmp_path: Path) -> None:
    office = tiny_studio(tmp_path)
    before = len(office.desk.state.table)
    box = (0.0, 0.0, 1600.0, 1200.0)
    with served(office) as address, page_at(address) as page:
        play = Rehearsal(Hand(page.tab), office.desk, seed=0)
        done = play.play([act.RefineBox(box, 7.0), act.LabelRest(1), act.Stop(), act.LabelRest(0)])
    assert [(step, name) for step, name, _ in done.not_made] == [(1, "RefineBox")]
    assert "half the threshold" in done.not_made[0][2]
    assert done.made == {"LabelRest": 1}
    state = office.desk.state
    assert set(state.labels[state.alive].tolist()) == {1} and len(state.table) > before
    office.close()
