"""Every command in the documentation, through the real command lines, on fakes and at reduced size.

A program that is not in ``REDUCED`` fails the test: a command nobody runs is a command nobody can trust.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests import fakes
from tests.experiments.command_line import CHEAP, ROOT, call

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CLICKS = ("protocol.max_clicks=2", "edges=gradient", "device=cpu")
LAUNCH = ("hydra.launcher.n_jobs=1",)
TABLE = (*CHEAP, "robot=greedy_box")
REDUCED: dict[str, tuple[str, ...]] = {
    "annotate": (*CHEAP, "robot=greedy_box"),
    "clicks": CLICKS,
    "table1": TABLE,
    "table2": TABLE,
    "table3": (*TABLE, "protocol.max_clicks=5"),
    "cityscapes": TABLE,
    "effort": (*TABLE, "baseline=watershed", "protocol.max_clicks=2"),
    "export": (),
    "stress": (),
    "report": (),
    "replay": (),
    "search_report": (),
    "check_dataset": (),
    "extract_features": (
        "edges=gradient",
        "features=efficientnet_lite0_small",
        "features.size=64",
        "hierarchy=volume",
        "hierarchy.threshold=30",
        "device=cpu",
    ),
}
"""What is added to a command of each program, unless the command itself sets it."""
NO_CLUSTER = {
    "jobs.cluster=slurm": "jobs.cluster=debug",
    "hydra/launcher=submitit_slurm": "hydra/launcher=submitit_local",
    "cache=/shared/cache": "cache=cache",
}
"""What stands in for a cluster, beside leaving out what only SLURM knows."""
ONLY_SLURM = (
    "jobs.parameters.",
    "+jobs.parameters.slurm",
    "hydra.launcher.partition",
    "hydra.launcher.array_parallelism",
)
SHELL = ("bash scripts/quickstart.sh", "bash scripts/test.sh")
"""Scripts that install: only their syntax is checked here. Everything else is run."""


def commands(page: Path) -> list[str]:
    """Command lines of a page's bash blocks, continuation lines joined, comments dropped."""
    blocks = re.findall(r"^```bash\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [
        line.split("  #")[0].split("   #")[0].strip()
        for line in lines
        if line.strip() and not line.startswith("#")
    ]


def reduced(program: str, arguments: list[str]) -> list[str]:
    """Arguments with what makes them small, where they do not say otherwise."""
    said = {argument.split("=")[0] for argument in arguments}
    groups = {key.split(".")[0] for key in said}
    kept = []
    for extra in REDUCED[program]:
        key = extra.split("=")[0]
        own = key in said or ("." in key and key.split(".")[0] in said - {"hierarchy", "features"})
        # a search varies the threshold, and a criterion of one's own has a scale of its own
        other = bool({"search=hierarchy", "hierarchy=root_area"} & set(arguments)) and key.startswith(
            "hierarchy"
        )
        if not own and not other and not (key == "features.size" and "features" in groups):
            kept.append(extra)
    if "hydra/launcher=joblib" in arguments:
        kept = [*kept, *LAUNCH]
        arguments = [a for a in arguments if not a.startswith("hydra.launcher.n_jobs")]
    if "search=hierarchy" in arguments:
        kept.append("hierarchy.threshold=tag(log,interval(5.0,25.0))")
    return [*arguments, *kept]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fakes.write_fake_data_root(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by all pages: the same stages are asked for again and again."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("page", [p for p in PAGES if commands(p)], ids=lambda p: p.name)
def test_every_command_runs(
    page: Path, data: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    if page.name == "extending.md":
        write_examples(page, folder)
    fakes.write_fake_folder(folder / "photos")
    for command in commands(page):
        if command in SHELL:
            checked = subprocess.run(
                ["bash", "-n", ROOT / command.split()[1]], capture_output=True, check=False
            )
            assert checked.returncode == 0, f"{command}: {checked.stderr.decode()}"
            continue
        words = shlex.split(command.replace("=/data", f"={data}"))
        if words[0] == "PYTHONPATH=.":  # as the folder the command is given in
            monkeypatch.syspath_prepend(str(folder))
            words = words[1:]
        if words[0] == "fsannot":  # the same program by the command
            words = ["python", f"experiments/{words[1]}.py", *words[2:]]
        match = re.fullmatch(r"experiments/(\w+)\.py", words[1]) if words[0] == "python" else None
        assert match and match[1] in REDUCED, f"{page.name}: no way to run {command!r}; add it to REDUCED"
        arguments = [NO_CLUSTER.get(w, w) for w in words[2:] if not w.startswith(ONLY_SLURM)]
        arguments = reduced(match[1], arguments)
        arguments = [a if not a.startswith("robot=[expert") else "robot=[greedy_box]" for a in arguments]
        status, said = call(match[1], *arguments, cache=folder, store=cache)
        assert status == 0, f"{page.name}: {command}\n{said}"


def test_a_part_of_ones_own_is_found_where_the_page_says(tmp_path: Path) -> None:
    write_examples(ROOT / "docs" / "extending.md", tmp_path)
    command = [sys.executable, str(ROOT / "experiments" / "check_dataset.py")]
    command += ["--config-dir", "my_conf", "dataset=discs"]
    installed = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    without = {**installed, "PYTHONPATH": str(ROOT)}  # fsannot itself, as if it was installed
    said = subprocess.run(command, cwd=tmp_path, env=without, capture_output=True, text=True, check=False)
    assert said.returncode == 1 and "Traceback" not in said.stderr
    assert "there is no module my_discs on Python's path" in said.stderr
    assert f"start the program with PYTHONPATH={tmp_path}" in said.stderr
    with_folder = {**installed, "PYTHONPATH": f".{os.pathsep}{ROOT}"}
    done = subprocess.run(command, cwd=tmp_path, env=with_folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def write_examples(page: Path, folder: Path) -> None:
    """The page's Python and YAML blocks as the files their first lines name."""
    text = page.read_text(encoding="utf-8")
    for language, suffix, below in (("python", ".py", "."), ("yaml", ".yaml", "my_conf")):
        for block in re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S):
            name = block.splitlines()[0].removeprefix("# ")
            assert name.endswith(suffix), f"{page.name}: the first line of a {language} block names its file"
            file = folder / below / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block)


def test_links_lead_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
