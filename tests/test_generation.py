import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import nn

from tests.conftest import TINY_RATE, RunCli
from wavegan_src.checkpoints import CheckpointStore, read_checkpoint
from wavegan_src.config_loader import validate
from wavegan_src.errors import UserError
from wavegan_src.generation import generate_clips, generate_files, load_model
from wavegan_src.generator import Generator
from wavegan_src.randomness import draw_latents
from wavegan_src.sampling import RENDER_BATCH
from wavegan_src.wgan import WGAN
from wavegan_src.whitening import Whitening

CPU = torch.device("cpu")


@pytest.fixture
def checkpoint(tiny_values: dict[str, Any], tmp_path: Path) -> Path:
    return save(tiny_values, tmp_path / "run" / "checkpoints")


def save(values: dict[str, Any], folder: Path, whitening: torch.Tensor | None = None, procedural: bool = False) -> Path:
    folder.mkdir(parents=True)
    config = validate(values, "test")
    wgan = WGAN(config, CPU)
    for parameter in wgan.ema_generator.parameters():  # so that it differs from the trained generator
        parameter.mul_(1.5)
    state = wgan.state_dict() | {
        "config": config.model_dump(mode="json"),
        "epoch": 3,
        "whitening": whitening,
        "dataset": {"procedural": procedural},
    }
    return CheckpointStore(folder).save(state, 3)


def test_files_are_mono_16_bit_at_the_models_rate_and_length(checkpoint: Path, tmp_path: Path) -> None:
    paths = list(generate_files(load_model(checkpoint, CPU), tmp_path / "out", 3, seed=5))
    assert [path.name for path in paths] == [f"generated_seed5_0000{number}.wav" for number in (1, 2, 3)]
    for path in paths:
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.frames, info.subtype) == (TINY_RATE, 1, 4096, "PCM_16")


def test_same_seed_same_bytes_whatever_the_count(checkpoint: Path, tmp_path: Path) -> None:
    model = load_model(checkpoint, CPU)
    few = [path.read_bytes() for path in generate_files(model, tmp_path / "a", 3, seed=5)]
    many = [path.read_bytes() for path in generate_files(model, tmp_path / "b", 40, seed=5)]
    other = [path.read_bytes() for path in generate_files(model, tmp_path / "c", 3, seed=6)]
    assert many[:3] == few
    assert len(set(many)) == 40
    assert not set(few) & set(other)


def test_the_averaged_generator_generates(checkpoint: Path, tmp_path: Path) -> None:
    state = read_checkpoint(checkpoint)
    model = load_model(checkpoint, CPU)
    for name, tensor in model.generator.state_dict().items():
        assert torch.equal(tensor, state["generator_ema"][name])
        assert not tensor.any() or not torch.equal(tensor, state["generator"][name])


def test_the_data_sets_spectrum_is_given_back(tiny_values: dict[str, Any], tmp_path: Path) -> None:
    filter_db = torch.linspace(30, -30, 128)
    plain = load_model(save(tiny_values, tmp_path / "plain"), CPU)
    filtered = load_model(save(tiny_values, tmp_path / "filtered", whitening=filter_db), CPU)
    (first,) = generate_files(plain, tmp_path / "a", 1, seed=1)
    (second,) = generate_files(filtered, tmp_path / "b", 1, seed=1)
    clip = soundfile.read(first, dtype="float32")[0]
    expected = Whitening(filter_db).invert(torch.from_numpy(clip)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(soundfile.read(second)[0], expected, atol=2e-3)


def test_clips_are_those_of_the_plain_module(checkpoint: Path, tmp_path: Path) -> None:
    model = load_model(checkpoint, CPU)
    latents = torch.cat([draw_latents(5, "generate", index, 1, 4) for index in range(3)])
    with torch.no_grad():
        wanted = Generator(model.config.model, 4096).requires_grad_(False)
        wanted.load_state_dict(model.generator.state_dict())
        waveforms = wanted(latents)[:, 0].numpy()
    for path, waveform in zip(generate_files(model, tmp_path / "out", 3, seed=5), waveforms, strict=True):
        np.testing.assert_allclose(soundfile.read(path)[0], waveform, rtol=0, atol=1.1 / 65536)
    np.testing.assert_allclose(generate_clips(model, 3, 5, lambda _: None), waveforms, rtol=0, atol=1e-6)


class Counting(nn.Module):
    """Stands for a generator: counts the batches that it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.batches = 0

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        self.batches += 1
        return (z * self.weight)[:, None]


def test_few_batches_are_under_way_whatever_the_count(checkpoint: Path, tmp_path: Path) -> None:
    generator = Counting()
    model = replace(load_model(checkpoint, CPU), generator=generator)  # type: ignore[arg-type]
    for taken, _ in enumerate(generate_files(model, tmp_path, 20 * RENDER_BATCH, seed=0)):
        assert generator.batches <= taken // RENDER_BATCH + 2
    assert generator.batches == 20


def test_leaving_early_leaves_whole_files_only(checkpoint: Path, tmp_path: Path) -> None:
    model = load_model(checkpoint, CPU)
    files = generate_files(model, tmp_path / "out", 20 * RENDER_BATCH, seed=5)
    next(files)
    files.close()  # type: ignore[attr-defined]
    written = sorted((tmp_path / "out").iterdir())
    assert RENDER_BATCH <= len(written) < 4 * RENDER_BATCH
    assert {path.suffix for path in written} == {".wav"}
    for path, whole in zip(written, generate_files(model, tmp_path / "again", len(written), seed=5), strict=True):
        assert path.read_bytes() == whole.read_bytes()


def test_a_file_that_cannot_be_written_is_told_in_one_line(cli: RunCli, checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "run" / "generated" / "generated_seed5_00002.wav").mkdir(parents=True)
    result = cli("--output-dir", "run", "--seed", "5", "--generate-only", "3", "--checkpoint", str(checkpoint))
    assert result.returncode == 2
    assert "generated_seed5_00002.wav" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list((tmp_path / "run" / "generated").glob(".*"))


def test_names_tell_procedural_training_data(tiny_values: dict[str, Any], tmp_path: Path) -> None:
    model = load_model(save(tiny_values, tmp_path / "p", procedural=True), CPU)
    (path,) = generate_files(model, tmp_path / "out", 1, seed=0)
    assert path.name == "generated_from_procedural_seed0_00001.wav"


def test_weights_that_do_not_fit_are_explained(checkpoint: Path, tmp_path: Path) -> None:
    state = read_checkpoint(checkpoint)
    state["config"]["model"]["model_dim"] = 3
    path = tmp_path / "other.tar"
    torch.save(state, path)
    with pytest.raises(UserError, match="do not fit"):
        load_model(path, CPU)


def test_the_command_needs_a_model_and_nothing_else(
    cli: RunCli, checkpoint: Path, tiny_values: dict[str, Any], tmp_path: Path
) -> None:
    tiny_values["dataset"]["base_path"] = str(tmp_path / "no data set here")
    tiny_values["output"]["output_dir"] = "run"
    (tmp_path / "c.json").write_text(json.dumps(tiny_values))
    result = cli("--config", "c.json", "--generate-only", "2")
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in (tmp_path / "run" / "generated").iterdir()) == [
        "generated_seed7_00001.wav",
        "generated_seed7_00002.wav",
    ]
    named = cli("--output-dir", "elsewhere", "--seed", "9", "--generate-only", "1", "--checkpoint", str(checkpoint))
    assert named.returncode == 0, named.stderr
    assert (tmp_path / "elsewhere" / "generated" / "generated_seed9_00001.wav").exists()


def test_without_a_model_it_fails_clearly_and_writes_nothing(cli: RunCli, tmp_path: Path) -> None:
    for arguments in (("--generate-only", "2"), ("--generate-only", "2", "--checkpoint", "missing.tar")):
        result = cli(*arguments)
        assert result.returncode == 2
        assert len(result.stderr.strip().splitlines()) == 1
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", ["0", "-3"])
def test_a_count_below_one_is_refused(cli: RunCli, count: str) -> None:
    result = cli("--generate-only", count)
    assert (result.returncode, "at least 1" in result.stderr) == (2, True)
