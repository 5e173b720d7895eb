"""The Python API, used as a reader of docs/python-api.md uses it."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
import numpy as np
import pytest
import yaml
from hydra.core.global_hydra import GlobalHydra

import fsannot as fa
from fsannot.arguments import described
from fsannot.configuration.checking import group_choices
from fsannot.configuration.compose import composed
from fsannot.runs.directory import read_run
from fsannot.runs.masks import read_mask
from tests.experiments.command_line import CHEAP, ROOT, call

PARTS: list[tuple[str, Callable[..., Any]]] = [
    ("edges", fa.edges), ("hierarchy", fa.hierarchy), ("features", fa.features), ("projection", fa.projection),
    ("metric", fa.metric), ("robot", fa.robot), ("clock", fa.clock), ("perception", fa.perception),
    ("motor", fa.motor), ("finishing", fa.finishing), ("baseline", fa.baseline), ("clicker", fa.clicker),
    ("protocol", fa.protocol),
]  # fmt: skip


def small(cache: Path, seed: int = 0) -> fa.Prepared:
    """What ``CHEAP`` makes of six small pictures."""
    return fa.prepare(
        fa.dataset("synthetic", images=6, images_per_group=3, size=[64, 96]),
        edges=fa.edges("gradient"),
        hierarchy=fa.hierarchy("volume", threshold=30),
        features=fa.features("efficientnet_lite0_small", size=64, device="cpu", seed=seed),
        projection=fa.projection("pca"),
        local_projection=fa.local_projection("pca"),
        metric=fa.metric("none"),
        cache=cache,
        workers=0,
    )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> fa.Prepared:
    return small(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def result(prepared: fa.Prepared) -> fa.Simulation:
    return fa.simulate(prepared, robot=fa.robot("greedy_box"))


def test_importing_the_package_is_quick() -> None:
    code = (
        "import sys, fsannot; heavy = {'torch', 'numpy', 'hydra', 'matplotlib'} & set(sys.modules); "
        "own = [m for m in sys.modules if m.startswith('fsannot')]; "
        "print(heavy, own); sys.exit(bool(heavy) or len(own) > 1 or 'prepare' not in dir(fsannot))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_name_is_there() -> None:
    from fsannot import api

    assert fa.__all__ == api.__all__
    assert all(callable(getattr(fa, name)) for name in fa.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'edge'"):
        fa.edge  # noqa: B018


def test_a_room_can_be_called_and_is_a_package_still() -> None:
    import fsannot.edges.gradient

    assert isinstance(fa.edges("gradient"), fsannot.edges.gradient.Gradient)
    assert "device" in inspect.signature(fa.edges).parameters


@pytest.mark.parametrize(("group", "build"), PARTS, ids=[group for group, _ in PARTS])
def test_a_part_is_that_of_the_command_line(group: str, build: Callable[..., Any]) -> None:
    program = "clicks" if group in ("baseline", "clicker", "protocol") else "annotate"
    written = composed(program)[group]
    made = described(build())
    assert made == {**made, **yaml.safe_load(yaml.safe_dump(_resolved(written)))}
    with pytest.raises(
        fa.FsannotError, match=rf"{group}=nothing: there is no such choice; .*{group} is one of"
    ):
        build("nothing")
    with pytest.raises(fa.FsannotError, match=rf"{group}\.colour=red: {group} \(\w+\) has no setting colour"):
        build(group_choices(group)[0], colour="red")


def _resolved(node: Any) -> Any:
    from omegaconf import OmegaConf

    return OmegaConf.to_container(node, resolve=True)


def test_settings_are_checked_as_on_the_command_line() -> None:
    with pytest.raises(fa.FsannotError, match=r"hierarchy\.threshold=high: a number is needed"):
        fa.hierarchy("dynamics", threshold="high")
    with pytest.raises(fa.FsannotError, match=r"features\.backbone\.size=3: .*no setting size"):
        fa.features("pooled_lite0", backbone={"size": 3})
    with pytest.raises(fa.FsannotError, match=r"edges\.model: a Gradient cannot be written.*by its class"):
        fa.edges("multiscale", model=fa.edges("gradient"))
    with pytest.raises(fa.FsannotError, match=r"robot=3: a name is needed; choose robot=.*expert"):
        fa.robot(3)  # type: ignore[arg-type]


def test_settings_of_all_kinds(tmp_path: Path) -> None:
    data = fa.dataset("synthetic", images=np.int64(8), images_per_group=2, size=(48, 64), groups=["group-01"])
    assert data.ids == ("group-01/0002", "group-01/0003")
    multiscale = described(fa.edges("multiscale", model={"_target_": "fsannot.edges.gradient.Gradient"}))
    assert multiscale["model"]["_target_"].endswith("Gradient")
    assert described(fa.features("pooled_lite0", backbone={"pool": "max"}))["backbone"]["pool"] == "max"
    with pytest.raises(fa.FsannotError, match=re.escape(str(tmp_path / "DAVIS"))):
        fa.dataset("davis", data_root=tmp_path)
    with pytest.raises(fa.FsannotError, match=re.escape(str(tmp_path / "mine"))):
        fa.dataset("davis", root=tmp_path / "mine")


def test_a_running_hydra_program_is_left_alone() -> None:
    with hydra.initialize_config_module("fsannot.conf", version_base="1.2"):
        before = GlobalHydra.instance().hydra
        assert fa.clock("paper").box == 3.0
        with pytest.raises(fa.FsannotError):
            fa.clock("sundial")
        assert GlobalHydra.instance().hydra is before
        assert str(hydra.version.getbase()) == "1.2"
        assert hydra.compose("report").output
    assert not GlobalHydra.instance().is_initialized()


def test_defaults_are_those_of_the_configuration() -> None:
    cfg = composed("annotate")
    for function in (fa.prepare, fa.simulate):
        for name, parameter in inspect.signature(function).parameters.items():
            if isinstance(parameter.default, int):
                assert parameter.default == cfg[name], name
    clicks = composed("clicks")
    given = inspect.signature(fa.click).parameters
    assert all(given[name].default == clicks[name] for name in ("batch_size", "seed"))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_result_is_that_of_the_command_line(tmp_path: Path, seed: int) -> None:
    words = [*CHEAP, "robot=greedy_box", f"seed={seed}", "workers=0", "hydra.run.dir=run"]
    words += ["dataset.images=6", "dataset.images_per_group=3", "dataset.size=[64,96]"]
    status, said = call("annotate", *words, cache=tmp_path, store=tmp_path / "there")
    assert status == 0, said
    result = fa.simulate(small(tmp_path / "here", seed), robot=fa.robot("greedy_box"), seed=seed)
    assert "".join(s.to_json() + "\n" for s in result.trace) == (tmp_path / "run" / "trace.jsonl").read_text()
    assert list(result.masks) == list(result.dataset.ids)
    for name, mask in result.masks.items():
        np.testing.assert_array_equal(mask, read_mask(tmp_path / "run", name))
    assert result.summary.iou_mean == read_run(tmp_path / "run").summary.iou_mean


def test_prepared_images(prepared: fa.Prepared) -> None:
    assert len(prepared) == 6 and set(prepared.seconds) == {"edges", "hierarchy", "features"}
    segments, features = prepared.segments(0), prepared.features(0)
    assert segments.shape == (64, 96) and features.shape[0] == segments.max() + 1
    assert prepared.edge_map(0).dtype == np.float32
    np.testing.assert_array_equal(prepared.segments(-1), prepared.segments(5))
    with pytest.raises(IndexError):
        prepared.segments(6)
    assert prepared.engine().seconds == 0.0


def test_several_simulations_of_the_same_images(prepared: fa.Prepared, result: fa.Simulation) -> None:
    again = fa.simulate(prepared, robot=fa.robot("greedy_box"))
    assert [s.to_json() for s in again.trace] == [s.to_json() for s in result.trace]
    assert again.curve[-1].waiting_seconds_per_image == pytest.approx(
        result.curve[-1].waiting_seconds_per_image, rel=0.5
    )
    dear = fa.simulate(prepared, robot=fa.robot("greedy_box"), clock=fa.clock("paper"))
    assert dear.summary.human_seconds_per_image != result.summary.human_seconds_per_image


def test_a_saved_simulation_is_a_run(prepared: fa.Prepared, result: fa.Simulation, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "run")
    for name in ("config.yaml", "provenance.json", "report.html", "trace.jsonl", "results.csv", "curve.csv"):
        assert (folder / name).is_file(), name
    run = fa.read_run(folder)
    assert run.summary == result.summary and run.rows == result.rows
    for name, mask in run.masks.items():
        np.testing.assert_array_equal(mask, result.masks[name])
    assert "group-07/0000" not in run.masks and len(run.masks) == 6
    with pytest.raises(KeyError):
        run.masks["group-07/0000"]
    assert not fa.replay_run(folder, cache=tmp_path / "empty").different
    for program in ("report", "replay"):
        status, said = call(program, "runs=[run]", cache=tmp_path, store=tmp_path / "empty")
        assert status == 0, said


def test_click_baselines(prepared: fa.Prepared, result: fa.Simulation, tmp_path: Path) -> None:
    clicks = fa.click(
        prepared.dataset,
        baseline=fa.baseline("watershed"),
        edges=fa.edges("gradient"),
        protocol=fa.protocol(max_clicks=2),
        folder=tmp_path / "clicks",
        cache=tmp_path / "cache",
    )
    assert clicks.summary.images == 6 and len(clicks.masks) == 6
    figure = fa.plot_curves({"greedy box": result, "watershed": clicks})
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == [
        "greedy box",
        "watershed",
    ]
    page = fa.write_report([result.save(tmp_path / "run"), clicks.path], tmp_path / "report.html")
    assert "watershed" in page.read_text()


def test_figures(prepared: fa.Prepared, result: fa.Simulation) -> None:
    figure = result.plot()
    curve, canvas = figure.axes
    assert curve.get_xlabel() == "human seconds per image" and curve.get_ylabel() == "mean IoU"
    assert "human seconds" in canvas.get_title()
    assert figure._repr_png_().startswith(b"\x89PNG")
    image, segments = prepared.dataset.image(0), prepared.segments(0)
    count = int(segments.max()) + 1
    shown, points = fa.plot_projection(image, segments, np.zeros((count, 2))).axes
    assert shown.get_title() == f"{count} segments" and len(points.collections[0].get_offsets()) == count
    with pytest.raises(fa.FsannotError, match=rf"layout is \({count + 1}, 2\)"):
        fa.plot_projection(image, segments, np.zeros((count + 1, 2)))
    with pytest.raises(fa.FsannotError, match="both need one size"):
        fa.plot_projection(image[1:], segments, np.zeros((count, 2)))
    with pytest.raises(fa.FsannotError, match="one or more runs"):
        fa.plot_curves({})


def examples(page: Path) -> list[str]:
    """Python blocks of a page that begin with the import, without what says it is a file."""
    found = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    return [block for block in found if block.startswith("import fsannot as fa\n")]


@pytest.mark.parametrize(
    ("page", "lines"), [("README.md", [12]), ("docs/python-api.md", [12, 8, None])], ids=["readme", "guide"]
)
def test_every_example_runs_and_is_short(page: str, lines: list[int | None], tmp_path: Path) -> None:
    found = examples(ROOT / page)
    assert len(found) == len(lines)
    for number, (block, most) in enumerate(zip(found, lines, strict=True)):
        assert most is None or len(block.splitlines()) <= most
        block = block.replace('"synthetic"', '"synthetic", images=4, size=[64, 96]')
        block = block.replace('fa.edges("poolnet_lite")', 'fa.edges("gradient")')
        block = block.replace("threshold=0.05", "threshold=0.01")
        (tmp_path / f"example_{number}.py").write_text(block)
        done = subprocess.run(
            [sys.executable, f"example_{number}.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, block + done.stderr
