"""The model in the box, as somebody who has never trained meets it; and what its long clips are like."""

import csv
import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tests.support.cli import RunCli
from tests.support.paths import REPOSITORY
from tests.support.states import load_values
from wavegan_src.config_schema import Config
from wavegan_src.dsp.firing import find_firing
from wavegan_src.generation.latents import SeedLatents
from wavegan_src.generation.model import load_model
from wavegan_src.generation.recipe import Recipe
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.run.pretrained import FILE, NAME

RATE = 22050
SECONDS, PART = 10, 2
CLIPS = 12


def test_the_file_is_small_safe_and_tells_nothing_of_its_makers_machine() -> None:
    assert FILE.stat().st_size <= 6_000_000
    raw = torch.load(FILE, weights_only=True)
    assert {value.dtype for value in raw["discriminator"].values()} == {torch.float16}
    state = load_values(FILE)
    for network in ("generator_ema", "discriminator"):
        assert {value.dtype for value in state[network].values()} == {torch.float32}
    defaults = Config()
    assert state["config"]["dataset"]["base_path"] == defaults.dataset.base_path
    assert state["config"]["dataset"]["cache_dir"] is None
    assert state["config"]["output"]["output_dir"] == defaults.output.output_dir
    content = FILE.read_bytes()
    for place in (b"/home/", b"/tmp/", b"/root", b"/work", b"Users"):
        assert place not in content


def test_ten_sounds_in_an_empty_folder(cli: RunCli, tmp_path: Path) -> None:
    done = cli("--generate-only", "10", "--checkpoint", "pretrained")
    assert done.returncode == 0, done.stderr
    assert "--data FOLDER" in done.stdout
    folder = tmp_path / "output_wavegan" / "generated"
    rows = list(csv.DictReader((folder / "generated.csv").read_text().splitlines()))
    assert [row["file"] for row in rows] == [f"generated_seed000{seed}.wav" for seed in range(42, 52)]
    assert {row["checkpoint"] for row in rows} == {NAME}
    sounds = [soundfile.read(folder / row["file"])[0] for row in rows]
    assert {len(sound) for sound in sounds} == {2 * RATE}
    assert all(0.02 < np.sqrt(np.mean(sound**2)) < 0.6 for sound in sounds)
    assert [path.name for path in tmp_path.iterdir()] == ["output_wavegan"]


def test_a_file_of_that_name_needs_its_path(cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no model")
    assert cli("--generate-only", "1", "--checkpoint", "pretrained").returncode == 0
    own = cli("--generate-only", "1", "--checkpoint", "./pretrained")
    assert (own.returncode, "pretrained is damaged or not a checkpoint" in own.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--generate-only", "1", "--checkpoint", "pretraned"), "or pretrained for the included model"),
        (("evaluate", "--checkpoint", "pretraned"), "or pretrained for the included model"),
        (("evaluate", "--checkpoint", "pretrained"), "--data FOLDER"),
        (("--checkpoint", "pretrained"), "--init"),
        (("--generate-only", "1"), "--checkpoint pretrained"),
    ],
)
def test_what_is_amiss_is_told_in_a_sentence(cli: RunCli, arguments: tuple[str, ...], words: str) -> None:
    told = cli(*arguments)
    assert told.returncode == 2
    assert len(told.stderr.strip().splitlines()) == 1
    assert words in told.stderr


def test_it_is_judged_against_the_users_recordings(cli: RunCli, recordings: Path, tmp_path: Path) -> None:
    done = cli(
        "evaluate", "--checkpoint", "pretrained", "--data", str(recordings), "--count", "4", "--measures", "firing_rate"
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "evaluation" / "evaluation.json").is_file()


def test_it_is_in_the_wheel() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["wavegan_src"]
    assert any(FILE in (REPOSITORY / "wavegan_src").glob(pattern) for pattern in patterns)


@pytest.fixture(scope="module")
def generator() -> DriveGenerator:
    model = load_model(FILE, torch.device("cpu"))
    assert isinstance(model.generator, DriveGenerator)
    return model.generator


@pytest.fixture(scope="module")
def latents() -> torch.Tensor:
    return Recipe(SeedLatents(range(100, 100 + CLIPS), 64)).vectors()


@pytest.fixture(scope="module")
def long(generator: DriveGenerator, latents: torch.Tensor) -> torch.Tensor:
    """Clips of 10 s, `(clips, time)`."""
    with torch.no_grad():
        return torch.cat([generator(part, SECONDS * RATE)[:, 0] for part in torch.split(latents, 4)])


def test_long_clips_have_no_seams(long: torch.Tensor) -> None:
    """Steps of the waveform and of its level at multiples of the trained length are what they are elsewhere."""
    steps = long.diff(dim=1).abs()
    steps = steps / steps.square().mean(1, keepdim=True).sqrt()
    window = RATE // 50

    def jumps(places: list[int]) -> torch.Tensor:
        return torch.stack([steps[:, place - 4 : place + 4].amax(1) for place in places])

    def level_steps(places: list[int]) -> torch.Tensor:
        before = torch.stack([long[:, place - window : place].square().mean(1) for place in places])
        after = torch.stack([long[:, place : place + window].square().mean(1) for place in places])
        return 10 * torch.log10(after / before).abs()

    seams = [PART * RATE * number for number in range(1, SECONDS // PART)]
    random = np.random.default_rng(0)
    elsewhere = random.integers(window, SECONDS * RATE - window, 300).tolist()
    for measure in (jumps, level_steps):
        there, usual = measure(seams), measure(elsewhere)
        assert there.max() <= usual.max()
        error = float(usual.std()) / math.sqrt(there.numel())
        assert float(there.mean()) == pytest.approx(float(usual.mean()), abs=4 * error)


def test_parts_of_long_clips_are_alike(generator: DriveGenerator, latents: torch.Tensor, long: torch.Tensor) -> None:
    """Level and spectrum of each part are those of the other parts, and of the clip of usual length."""
    with torch.no_grad():
        usual = generator(latents)
    parts = torch.cat([long.view(CLIPS, -1, PART * RATE), usual], 1)
    window = torch.hann_window(2048)
    spectra = torch.stft(parts.flatten(0, 1), 2048, 512, window=window, return_complex=True).abs().square().mean(-1)
    bands = spectra[:, 1:].view(CLIPS, parts.shape[1], 32, -1).mean(-1)  # of 344 Hz
    levels = 10 * torch.log10(bands)
    among_parts = levels.std(1).mean()
    assert among_parts < 1
    assert among_parts < 0.4 * levels.std(0).mean()  # clips differ, their parts hardly do
    mean = levels.mean(0)  # of all clips: no part is louder or quieter, nor is the usual length
    error = levels.std(1).square().mean(0).sqrt() / math.sqrt(CLIPS)
    assert ((mean - mean.mean(0)).abs() / error).max() < 4.5


def test_the_firing_rate_stays_what_it_is(long: torch.Tensor) -> None:
    """In every part it is that of the clip's median part, or an octave of it, which is heard as easily."""
    offsets = []
    for clip in long.view(CLIPS, -1, PART * RATE).numpy():
        heard = np.array([firing.rate if (firing := find_firing(part)) is not None else math.nan for part in clip])
        octaves = np.log2(heard / np.nanmedian(heard))
        offsets.append(np.abs(octaves - np.round(octaves)))
    found = np.array(offsets)
    assert np.isfinite(found).mean() > 0.9
    for part in found.T:  # from the first to the last alike
        assert np.nanmedian(part) < 0.03
