"""The READMEs and the guides are right: their commands run, their options exist, the files they link to are there.

Commands are run as written, in order, in a folder that has `my_recordings`, except that networks are narrower, runs one
epoch long (a fresh start each) and synthetic sets smaller, and that the production preset, which wants 36 GB, is only
checked by --dry-run.
"""

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.support.cli import RunCli
from tests.support.paths import REPOSITORY
from wavegan_src.cli.app import app
from wavegan_src.config_loader import load_config, to_json
from wavegan_src.generation import table
from wavegan_src.metrics import CHECKPOINT_COLUMNS, EPOCH_COLUMNS, ITERATION_COLUMNS, PROFILE_COLUMNS
from wavegan_src.trainer.log import GPU_COLUMNS, RESOURCE_COLUMNS

READMES = ("README.md", "README.pl.md")
SMALLER = {"config_test": "small_test.json", "config_fast": "small_fast.json"}
GUIDES = tuple(
    f"docs/guide/{name}.md"
    for name in ("recordings", "training", "generating", "judging", "options", "output-files", "troubleshooting")
)
PAGES = sorted(
    str(path.relative_to(REPOSITORY))
    for pattern in ("*.md", "docs/**/*.md", "wavegan_src/**/*.md")
    for path in REPOSITORY.glob(pattern)
)


def text(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text(name), re.M | re.S)
    return ["\n".join(line.removeprefix(indent) for line in body.splitlines()) for indent, body in found]


def commands(name: str) -> list[list[str]]:
    lines = [line for block in blocks(name, "bash") for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


def test_the_commands_run(cli: RunCli, tmp_path: Path) -> None:
    make_recordings(tmp_path / "my_recordings")
    config = json.loads(blocks("docs/guide/training.md", "json")[0])
    config["model"]["model_dim"] = 1
    (tmp_path / "my_config.json").write_text(json.dumps(config))
    for preset, overrides in (
        ("config_test", {"dataset.procedural_clips": 24}),
        ("config_fast", {"model.model_dim": 16}),
    ):
        (tmp_path / SMALLER[preset]).write_text(to_json(load_config(preset, overrides)))
    ran = 0
    for command in [command for page in ("README.md", *GUIDES) for command in commands(page)]:
        if command[:2] != ["python", "WaveGAN.py"]:
            assert command[0] == "make", command
            assert re.search(rf"^{command[1]}:", text("Makefile"), re.M)
            continue
        result = cli(*shortened(command[2:]))
        assert result.returncode == 0, (command, result.stderr)
        ran += 1
    assert ran >= 10
    assert len(list(tmp_path.rglob("generated/*.wav"))) >= 40  # in folders that --fresh has set aside, too


def shortened(arguments: list[str]) -> list[str]:
    """The same command with less work; verbs and generating stay as they are."""
    if arguments[:1] == ["evaluate"]:
        run = arguments[arguments.index("--output-dir") :][:2] if "--output-dir" in arguments else []
        return ["evaluate", "--measures", "kad,stoi", "--count", "4", "--workers", "1", *run]
    if arguments[:1] == ["synth"]:
        return [*arguments, "--workers", "1"]
    if arguments[:1] == ["listening-test"]:
        return [*arguments, "--trials", "1", "--abx", "1"]
    whole = arguments[:1] in (["prepare"], ["report"], ["status"], ["export"])
    if whole or {"--generate-only", "--interpolate", "--latents", "--dry-run"} & set(arguments):
        return arguments
    if "--config" not in arguments or "my_experiment" in arguments:
        return [*arguments, "--dry-run", "--fresh", "--data", "my_recordings"]
    smaller = [SMALLER.get(argument, argument) for argument in arguments]
    return [*smaller, "--epochs", "1", "--fresh"]


def make_recordings(folder: Path) -> None:
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(6):
        time = np.arange(3 * 44100) / 44100
        sound = 0.3 * np.exp(-6 * ((time * (15 + 4 * number)) % 1)) * random.standard_normal(len(time))
        soundfile.write(folder / f"car {number}.wav", np.column_stack([sound, sound]), 44100)


def known_options() -> set[str]:
    from typer.main import get_command

    def options(command: Any) -> set[str]:
        own = {option for parameter in command.params for option in parameter.opts}
        return own.union(*(options(each) for each in getattr(command, "commands", {}).values()))

    return options(get_command(app))


NOT_OURS = {"--help", "--index-url", "--standalone", "--nproc-per-node", "--master-port"}  # pip's and torchrun's


def named_options(name: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text(name))) - NOT_OURS


def test_the_guide_has_every_option() -> None:
    assert named_options("docs/guide/options.md") == {option for option in known_options() if option.startswith("--")}


@pytest.mark.parametrize("name", [*READMES, *GUIDES])
def test_no_option_is_invented(name: str) -> None:
    assert named_options(name) <= known_options()


def test_the_guide_has_every_column() -> None:
    columns = {*ITERATION_COLUMNS, *EPOCH_COLUMNS, *PROFILE_COLUMNS, *CHECKPOINT_COLUMNS, *table.COLUMNS}
    columns |= {*RESOURCE_COLUMNS, *GPU_COLUMNS}
    assert columns <= set(re.findall(r"`(\w+)`", text("docs/guide/output-files.md")))


@pytest.mark.parametrize("name", READMES)
def test_the_readmes_are_short(name: str) -> None:
    assert len(text(name).splitlines()) <= 130


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_files_and_headings_that_exist(name: str) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", text(name)):
        path = (REPOSITORY / name).parent / target if target else REPOSITORY / name
        assert path.exists(), target
        assert not anchor or anchor in headings(path), (target, anchor)


def headings(path: Path) -> set[str]:
    """The anchors GitHub gives to a page's headings."""
    titles = re.findall(r"^#+ (.*)", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_both_languages_show_the_same_commands() -> None:
    assert commands("README.md") == commands("README.pl.md")
    assert len(blocks("README.md", "python")) == len(blocks("README.pl.md", "python"))


def test_supported_python_is_the_one_that_is_told() -> None:
    assert 'requires-python = ">=3.11"' in text("pyproject.toml")
    assert all("3.11" in text(name) for name in READMES)
    assert sys.version_info >= (3, 11)


def test_the_contract_check_names_tests_that_exist() -> None:
    references = re.findall(r"`T: ([\w/]+)(?: -k (\w+|\"[^\"]+\"))?`", text("docs/contract-check.md"))
    assert len(references) > 50
    for module, selection in references:
        path = REPOSITORY / "tests" / f"{module}.py"
        source = path.read_text() if path.exists() else ""
        assert source or (REPOSITORY / "tests" / module).is_dir(), module
        for word in filter(None, selection.strip('"').split(" or ")):
            assert re.search(rf"def test\w*{word}", source), (module, word)
