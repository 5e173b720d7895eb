"""Every key of every program: a wrong type, and a key nobody reads, end in one sentence that names the key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from omegaconf import DictConfig, ListConfig, OmegaConf

from fsannot.configuration.checking import check_part, check_settings, group_choices, own_images
from fsannot.configuration.settings import PROGRAMS
from fsannot.configuration.targets import locate
from fsannot.data.errors import InputError
from fsannot.studies.launching import Plan
from fsannot.studies.search import register_resolvers
from tests.conf.test_configs import NAMES, PROGRAM_OF, TRAINER_OF, TRAINING
from tests.experiments.command_line import call

CONF = Path(__file__).parents[2] / "conf"
OF_EACH_RUN = ("dataset", "robot", "baseline")
"""Groups of which a table takes several choices: the configuration of each of its runs is checked."""
TABLES = ("cityscapes", "effort", "rerun", "table1", "table2", "table3")
ANYTHING = ("jobs.parameters",)
"""Mappings whose values are for another library."""


def composed(program: str, *overrides: str) -> DictConfig:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        return compose(program, overrides=list(overrides))


def keys(cfg: DictConfig) -> Iterator[tuple[str, Any]]:
    """Dotted keys of a configuration and their values: of parts, of mappings, and of single values."""
    waiting: list[tuple[str, Any]] = list(OmegaConf.to_container(cfg, resolve=True).items())  # type: ignore[union-attr]
    while waiting:
        key, value = waiting.pop()
        yield key, value
        if isinstance(value, dict) and key not in ANYTHING:
            waiting += [(f"{key}.{name}", item) for name, item in value.items()]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            waiting += [(f"{key}.{index}", item) for index, item in enumerate(value)]


def wrong_values(value: Any) -> list[Any]:
    """What is of another type than ``value``, whatever else its key may take."""
    if isinstance(value, dict):
        return ["many"]
    if isinstance(value, str):
        return [{"wrong": 1}, 7]
    if isinstance(value, bool):
        return [{"wrong": 1}, "many", 1]
    if isinstance(value, int | float):
        return ["many", "1e-3", True]
    return [{"wrong": 1}] if value is None else [{"wrong": 1}, 3]


@contextmanager
def with_value(cfg: DictConfig, key: str, value: Any) -> Iterator[None]:
    """The configuration with another value in the block: copies of it would take most of the time."""
    OmegaConf.set_struct(cfg, False)
    *parents, last = [int(name) if name.isdigit() else name for name in key.split(".")]
    node: Any = cfg
    for name in parents:
        node = node[name]
    there = isinstance(node, ListConfig) or last in node
    before = node._get_node(last) if there else None
    before = before if OmegaConf.is_config(before) or not there else before._value()  # as written: "${seed}"
    node[last] = value
    try:
        yield
    finally:
        if there:
            node[last] = before
        else:
            del node[last]


def refused(cfg: DictConfig, program: str, key: str, value: Any) -> str:
    with with_value(cfg, key, value), pytest.raises(InputError) as caught:
        check_settings(cfg, program)
    said = str(caught.value)
    assert "\n" not in said
    return said


def check_every_key(cfg: DictConfig, program: str) -> None:
    check_settings(cfg, program)
    for key, value in keys(cfg):
        if program in TABLES and key.split(".")[0] in OF_EACH_RUN:
            continue
        wrong = wrong_values(value)[0]
        said = refused(cfg, program, key, wrong)
        assert said.startswith(f"{key}=") and " is needed" in said, f"{key}={wrong}: {said}"


def test_every_program_has_its_settings() -> None:
    assert sorted(PROGRAMS) == sorted(path.stem for path in CONF.glob("*.yaml"))


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_wrong_type_of_every_key_of_every_program_is_named(program: str) -> None:
    check_every_key(composed(program), program)


@pytest.mark.parametrize(("group", "name"), NAMES + TRAINING, ids=lambda v: v)
def test_a_wrong_type_of_every_key_of_every_part_is_named(group: str, name: str) -> None:
    if (group, name) == ("logger", "search"):
        pytest.skip("its values are those of a search, see test_search.py")
    program = TRAINER_OF.get(group) or PROGRAM_OF.get(group, "annotate")
    cfg = composed(program, f"{group}={name}")
    check_settings(cfg, program)
    for key, value in keys(OmegaConf.create({group: OmegaConf.to_container(cfg, resolve=True)[group]})):  # type: ignore[index,call-overload]
        for wrong in wrong_values(value):
            said = refused(cfg, program, key, wrong)
            assert said.startswith(f"{key}=") and " is needed" in said, f"{key}={wrong}: {said}"


@pytest.mark.parametrize("name", group_choices("dataset"))
def test_a_wrong_type_of_every_key_of_every_dataset_is_named(name: str) -> None:
    needed = ["dataset.root=photos"] if name == "folder" else []  # the one setting without a default
    cfg = composed("check_dataset", f"dataset={name}", *needed)
    check_every_key(cfg, "check_dataset")


@pytest.mark.parametrize(
    "path",
    [p for g in ("experiment", "search") for p in sorted((CONF / g).glob("*.yaml"))],
    ids=lambda p: p.stem,
)
def test_every_preset_passes(path: Path) -> None:
    register_resolvers()
    cfg = composed("annotate", f"{path.parent.name}={path.stem}", "logger=csv")
    check_settings(cfg, "annotate")
    if path.parent.name == "search":
        assert "repeats=0: a whole number ≥ 1" in refused(cfg, "annotate", "repeats", 0)


@pytest.mark.parametrize("kind", ["annotate", "clicks", "majority"])
def test_a_run_of_a_table_is_checked_before_any_starts(kind: str) -> None:
    with (
        initialize_config_module("fsannot.conf", version_base="1.3"),
        pytest.raises(InputError, match=r"^here: dataset\.images=many: a whole number is needed$"),
    ):
        Plan(kind, "here", ("dataset.images=many",)).compose()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_key_nobody_reads_is_refused_with_the_nearest(program: str) -> None:
    cfg = composed(program)
    first = next(str(key) for key in cfg)
    said = refused(cfg, program, f"{first}x", 1)
    assert said.startswith(f"{first}x=1: {program}.py has no setting {first}x; did you mean {first}"), said
    for key, value in keys(cfg):
        if (
            isinstance(value, dict)
            and "_target_" in value
            and not (program in TABLES and key.split(".")[0] in OF_EACH_RUN)
        ):
            said = refused(cfg, program, f"{key}.no_such_thing", 1)
            assert said.startswith(f"{key}.no_such_thing=1: {key} ("), said


def test_a_key_of_ones_own_may_be_read_by_others() -> None:
    cfg = composed("annotate")
    assert refused(cfg, "annotate", "mine", 0.1).startswith("mine=0.1: annotate.py has no setting mine")
    with with_value(cfg, "mine", 0.1), with_value(cfg, "hierarchy.threshold", "${mine}"):
        check_settings(cfg, "annotate")


def test_images_of_ones_own_lead_to_a_dataset_with_a_root() -> None:
    for key in ("images", "dataset.root"):
        said = refused(composed("annotate"), "annotate", key, "/photos")
        assert said.startswith(f"{key}=/photos: ") and said.endswith(own_images())
    named = own_images()
    assert "dataset.root=<folder>" in named and ("dataset=folder" in named or "davis" in named)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"_target_": "datetime.timedelta", "days": 1}, None),
        ({"_target_": "no_such_package.Robot"}, r"there is no module no_such_package on Python's path; install"),
        ({"_target_": "fsannot.robots.expert.Expret"}, r"fsannot\.robots\.expert has no Expret; did you mean Expert"),
        ({"_target_": "fsannot.robots.expret.Expert"}, r"fsannot\.robots has no expret"),
        ({"_target_": "Expert"}, "a class or function with its module is needed"),
        ({"_target_": "fsannot.robots.expert.__doc__"}, "a class or function is needed"),
        ({"_target_": "fsannot.robots.expert.Expert", "cautoin": 1}, r"did you mean robot\.caution\?"),
        ({"_target_": "fsannot.data.davis.Davis"}, r"\.root is not set: a text or a path is needed"),
        ({"no": "target"}, r"a part, with _target_, is needed; choose robot=.*expert"),
    ],
)  # fmt: skip
def test_a_part_that_is_not_there_says_why(node: dict[str, Any], said: str | None) -> None:
    if said is None:
        check_part(node, "robot")
        return
    with pytest.raises(InputError, match=rf"^robot.*{said}"):
        check_part(node, "robot")


def test_an_error_in_a_module_of_ones_own_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    written = {
        "broken_name": ("x = 1\ny = z\n", r"importing broken_name ends in NameError: .*broken_name\.py, line 2"),
        "broken_text": ("def f(:\n", r"SyntaxError: .*broken_text\.py, line 1"),
        "broken_needs": ("\nimport no_such_thing\n", r"needs the module no_such_thing, .*broken_needs\.py, line 2\)"),
    }  # fmt: skip
    for name, (text, said) in written.items():
        (tmp_path / f"{name}.py").write_text(text)
        with pytest.raises(InputError, match=rf"^edges\._target_={name}\.Edges: .*{said}"):
            locate(f"{name}.Edges", "edges")


def test_a_module_beside_the_command_is_not_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lies_here.py").write_text("class Edges: ...\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=rf"start the program with PYTHONPATH={tmp_path}"):
        locate("lies_here.Edges", "edges")


COMMANDS = [
    ("annotate", ["projection.n_neighbors=many"], "projection.n_neighbors=many: a whole number is needed"),
    ("annotate", ["experiment=quickstart", "images=/photos"], "images=/photos: annotate.py has no setting images; for"),
    ("annotate", ["+images=/photos"], "images=/photos: annotate.py has no setting images; for images"),
    ("annotate", ["dataset.root=/photos"], "dataset.root=/photos: dataset (Synthetic) has no setting root; for images"),
    ("annotate", ["dataset=davsi"], "dataset=davsi: there is no such choice; did you mean davis?"),
    ("annotate", ["metric=null"], "metric=null: a name is needed; choose metric=backbone|head|none"),
    ("annotate", ["~metric"], "metric is not set: a part, with _target_, is needed; choose metric="),
    ("annotate", ["projection=pca", "projection.n_neighbors=3"], "projection (PcaProjector) has no setting n_nei"),
    ("annotate", ["+seed=1"], "seed is a setting of annotate.py already: write it without +"),
    ("annotate", ["seed=a=b"], "seed=a=b: this cannot be read as key=value"),
    ("annotate", ["data_root=${nothing}"], "data_root: Interpolation key 'nothing' not found"),
    ("annotate", ["hydra.run.folder=x"], "Could not override 'hydra.run.folder'."),
    ("annotate", ["-m", "search=projection", "trials=none"], "trials='none' is not valid; a whole number"),
    ("clicks", ["robot=expert"], "robot=expert: clicks.py has no setting robot"),
    ("table1", ["dataset=[synthetic]", "robot.caution=many"], "robot.caution=many: a number is needed"),
    ("report", ["title=2024"], "title=2024: a text is needed; quote it: 'title=\"2024\"'"),
    ("report", ["runs=outputs"], "runs=outputs: a list of texts is needed; write runs=[outputs]"),
    ("bench_robots", ["max_actions=few"], "max_actions=few: a whole number ≥ 1 is needed"),
    ("train_clicks", ["resume=1"], "resume=1: true or false is needed"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "overrides", "said"), COMMANDS)
def test_the_command_line_says_it_in_one_sentence(
    program: str, overrides: list[str], said: str, tmp_path: Path
) -> None:
    status, printed = call(program, *overrides, cache=tmp_path / "cache")
    assert status == 1
    assert said in printed and "Traceback" not in printed and "use +" not in printed, printed
    assert len(printed.strip().splitlines()) == 1, printed
