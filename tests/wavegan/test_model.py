"""Models from Python: the same clips as from the command line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import wavegan
from tests.support.cli import RunCli
from tests.support.models import save_model
from tests.support.runs import TINY_RATE


@pytest.fixture(scope="module")
def pretrained() -> wavegan.Model:
    return wavegan.load("pretrained")


@pytest.fixture
def run(tiny_values: dict[str, Any], tmp_path: Path) -> Path:
    """A run's folder with a model."""
    return save_model(tiny_values, tmp_path / "run" / "checkpoints").parent.parent


def rounded(clips: NDArray[np.float32]) -> NDArray[np.int16]:
    found: NDArray[np.int16] = np.clip(np.rint(clips.astype(np.float64) * 32768), -32768, 32767).astype(np.int16)
    return found


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (("--generate-only", "2", "--seed", "17"), {"seeds": [17, 18]}),
        (("--generate-only", "1", "--seed", "9", "--seconds", "5", "--truncation", "0.7"),
         {"seeds": 9, "seconds": 5, "truncation": 0.7}),
        (("--interpolate", "3:17:3"), {"interpolate": (3, 17, 3)}),
    ],
)  # fmt: skip
def test_clips_are_those_of_the_command_line(
    cli: RunCli, tmp_path: Path, pretrained: wavegan.Model, options: tuple[str, ...], asked: dict[str, Any]
) -> None:
    done = cli(*options, "--checkpoint", "pretrained")
    assert done.returncode == 0, done.stderr
    files = sorted((tmp_path / "output_wavegan" / "generated").glob("*.wav"))
    written = np.stack([soundfile.read(path, dtype="int16")[0] for path in files])
    np.testing.assert_array_equal(rounded(pretrained.generate(**asked)), written)


def test_clips_have_a_shape_a_type_and_a_rate(pretrained: wavegan.Model) -> None:
    clips = pretrained.generate(seeds=range(40, 43), seconds=0.5)
    assert (clips.shape, str(clips.dtype), pretrained.sample_rate) == ((3, 11025), "float32", 22050)
    assert np.abs(clips).max() <= 1


def test_latents_are_those_of_the_seeds(pretrained: wavegan.Model, tmp_path: Path) -> None:
    latents = pretrained.latents(seeds=[17, 3])
    assert (latents.shape, str(latents.dtype)) == ((2, pretrained.latent_dim), "float32")
    np.save(tmp_path / "z.npy", latents)
    clips = pretrained.generate(seeds=[17, 3])
    for given in (latents, list(latents), tmp_path / "z.npy", str(tmp_path / "z.npy")):
        np.testing.assert_allclose(pretrained.generate(latents=given), clips, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(pretrained.latents(seeds=[17, 3], truncation=0.5), latents / 2)


def test_a_run_folder_its_checkpoints_and_a_file_are_the_same_model(run: Path) -> None:
    names = {
        wavegan.load(source).name
        for source in (run, run / "checkpoints", run / "checkpoints" / "checkpoint_epoch_3.tar")
    }
    assert names == {str(run / "checkpoints" / "checkpoint_epoch_3.tar")}
    model = wavegan.load(str(run))
    assert (model.sample_rate, model.seconds, model.latent_dim, model.procedural) == (TINY_RATE, 0.5, 4, False)
    assert "after epoch 3" in model.progress


def test_a_run_folder_generates_on_the_command_line(cli: RunCli, run: Path, tmp_path: Path) -> None:
    done = cli("--generate-only", "1", "--seed", "5", "--checkpoint", "run")
    assert done.returncode == 0, done.stderr
    assert "checkpoint_epoch_3.tar" in done.stdout
    (path,) = (tmp_path / "output_wavegan" / "generated").glob("*.wav")
    np.testing.assert_array_equal(soundfile.read(path, dtype="int16")[0], rounded(wavegan.load(run).generate(5))[0])
    (tmp_path / "empty").mkdir()
    refused = cli("--generate-only", "1", "--checkpoint", "empty")
    assert (refused.returncode, "no trained model in" in refused.stderr) == (2, True)


def test_files_are_written_with_their_table(run: Path, tmp_path: Path) -> None:
    model = wavegan.load(run)
    paths = model.write(tmp_path / "new" / "sounds", seeds=[5, 6])
    assert [path.name for path in paths] == ["generated_seed00005.wav", "generated_seed00006.wav"]
    assert (tmp_path / "new" / "sounds" / "generated.csv").is_file()
    written = np.stack([soundfile.read(path, dtype="int16")[0] for path in paths])
    np.testing.assert_array_equal(rounded(model.generate([5, 6])), written)


def test_rendering_goes_batch_by_batch(run: Path) -> None:
    model = wavegan.load(run)
    rendered = model.render(model.recipe(seeds=range(10**6)))
    clips, waveforms = next(rendered)
    assert [clip.origin.seed for clip in clips] == list(range(32))
    np.testing.assert_array_equal(waveforms, model.generate(range(32)))


def test_training_clips_are_found_where_the_recordings_are(run: Path, recordings: Path) -> None:
    model = wavegan.load(run)
    assert model.training_profiles() is None
    profiles = model.training_profiles(recordings)
    assert profiles is not None
    nearest = profiles.find_nearest(model.generate(1)[0])
    assert nearest is not None
    assert nearest[0].partition(" @ ")[0] in {path.name for path in recordings.iterdir()}


@pytest.mark.parametrize(
    ("asked", "cure"),
    [
        ({}, "Give one of"),
        ({"seeds": 1, "interpolate": (1, 2, 3)}, "Give one of"),
        ({"seeds": []}, "at least one"),
        ({"seeds": -1}, "0 to"),
        ({"seeds": [0.5]}, "whole numbers"),
        ({"seeds": 1, "truncation": 2}, "at most 1"),
        ({"seeds": 1, "seconds": 700}, "at most 600"),
        ({"interpolate": (1, 1, 3)}, "two different seeds"),
        ({"latents": np.zeros((2, 3), np.float32)}, "64 latent dimensions"),
        ({"latents": np.full((1, 64), np.nan, np.float32)}, "NaN or infinity in row 0"),
        ({"latents": np.full((1, 64), 1e38, np.float32)}, "too large"),
    ],
)
def test_a_mistake_is_explained(pretrained: wavegan.Model, asked: dict[str, Any], cure: str) -> None:
    with pytest.raises(wavegan.UserError, match=cure):
        pretrained.generate(**asked)


def test_no_model_and_no_device_are_explained(tmp_path: Path) -> None:
    with pytest.raises(wavegan.UserError, match=r"a \.tar file that a training wrote"):
        wavegan.load(tmp_path / "none.tar")
    with pytest.raises(wavegan.UserError, match="no trained model"):
        wavegan.load(tmp_path)
    with pytest.raises(wavegan.UserError, match="unknown"):
        wavegan.load(device="tpu9")


def test_a_clip_is_written_as_a_wav(tmp_path: Path) -> None:
    path = wavegan.write_wav(tmp_path / "a.wav", [0.0, 0.5, 1.5], 8000)
    samples, rate = soundfile.read(path, dtype="int16")
    assert (samples.tolist(), rate) == ([0, 16384, 32767], 8000)
    for clip in (np.zeros((1, 2)), [0.0, np.nan]):
        with pytest.raises(wavegan.UserError):
            wavegan.write_wav(tmp_path / "b.wav", clip, 8000)
    assert not (tmp_path / "b.wav").exists()
