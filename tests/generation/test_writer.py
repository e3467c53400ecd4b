import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import nn

from tests.support.cli import RunCli
from tests.support.models import save_model
from tests.support.runs import TINY_RATE
from wavegan_src.config_loader import load_config
from wavegan_src.data.whitening import Whitening
from wavegan_src.generation.latents import Selection, seed_latent
from wavegan_src.generation.model import TrainedModel, load_model
from wavegan_src.generation.recipe import Recipe, make_recipe
from wavegan_src.generation.rendering import RENDER_BATCH
from wavegan_src.generation.request import Interpolation
from wavegan_src.generation.table import read_table
from wavegan_src.generation.writer import write_clip, write_clips
from wavegan_src.generator import Generator
from wavegan_src.models.registry import build_generator
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.random import draw_latents

CPU = torch.device("cpu")
LATENT_DIM = 4  # of `tiny_values`


@pytest.fixture
def checkpoint(tiny_values: dict[str, Any], tmp_path: Path) -> Path:
    return save_model(tiny_values, tmp_path / "run" / "checkpoints")


def write(model: TrainedModel, folder: Path, selection: Selection, **options: float | None) -> list[Path]:
    return [clip.path for clip in write_clips(model, recipe(model, selection, **options), folder)]


def recipe(model: TrainedModel, selection: Selection, **options: Any) -> Recipe:
    return make_recipe(selection, model.config, procedural=model.procedural, **options)


def test_files_are_mono_16_bit_at_the_models_rate_and_length(checkpoint: Path, tmp_path: Path) -> None:
    paths = write(load_model(checkpoint, CPU), tmp_path / "out", range(5, 8))
    assert [path.name for path in paths] == [f"generated_seed0000{seed}.wav" for seed in (5, 6, 7)]
    for path in paths:
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.frames, info.subtype) == (TINY_RATE, 1, 4096, "PCM_16")


def test_a_seed_gives_the_same_bytes_in_any_company(checkpoint: Path, tmp_path: Path) -> None:
    model = load_model(checkpoint, CPU)
    many = write(model, tmp_path / "many", range(100))
    assert len({path.read_bytes() for path in many}) == 100
    for seed, count in ((17, 1), (30, 5), (99, 1), (64, 36)):
        for path in write(model, tmp_path / f"few{seed}", range(seed, seed + count)):
            assert path.read_bytes() == (tmp_path / "many" / path.name).read_bytes()
    path_of = write(model, tmp_path / "way", Interpolation(17, 49, 40))
    assert path_of[0].read_bytes() == many[17].read_bytes()
    assert path_of[-1].read_bytes() == many[49].read_bytes()
    assert len({path.read_bytes() for path in path_of}) == 40


def test_a_seed_gives_the_same_bytes_on_several_threads(tiny_values: dict[str, Any], tmp_path: Path) -> None:
    """A width and threads at which places of a batch are rounded differently."""
    tiny_values["model"] = {"model_dim": 8, "latent_dim": 32}
    tiny_values["audio"] = {}
    model = load_model(save_model(tiny_values, tmp_path / "wide"), CPU)
    torch.set_num_threads(2)
    try:
        many, one = (
            write(model, tmp_path / f"{start}", range(start, start + count)) for start, count in ((0, 32), (30, 1))
        )
    finally:
        torch.set_num_threads(1)
    assert one[0].read_bytes() == many[30].read_bytes()


def test_saved_latents_give_the_clips_that_they_were_saved_of(checkpoint: Path, tmp_path: Path) -> None:
    """On one thread; on several a sample may differ by a step of 16 bits."""
    model = load_model(checkpoint, CPU)
    np.save(tmp_path / "z.npy", recipe(model, range(7, 47), truncation=0.5).vectors().numpy())
    ours = write(model, tmp_path / "a", range(7, 47), truncation=0.5)
    theirs = write(model, tmp_path / "b", tmp_path / "z.npy")
    assert theirs[3].name == "generated_z_row00003.wav"
    assert [path.read_bytes() for path in theirs] == [path.read_bytes() for path in ours]


def test_the_table_tells_of_every_file(checkpoint: Path, tmp_path: Path) -> None:
    model = load_model(checkpoint, CPU)
    folder = tmp_path / "out"
    write(model, folder, range(5, 7))
    write(model, folder, Interpolation(3, 9, 3), truncation=0.7)
    np.save(tmp_path / "z.npy", np.zeros((2, LATENT_DIM)))
    write(model, folder, tmp_path / "z.npy")
    rows = list(csv.DictReader((folder / "generated.csv").read_text().splitlines()))
    assert {row["file"] for row in rows} == {path.name for path in folder.glob("*.wav")}
    assert {row["checkpoint"] for row in rows} == {str(checkpoint)}
    assert {row["checkpoint_sha256"] for row in rows} == {hashlib.sha256(checkpoint.read_bytes()).hexdigest()}
    assert {row["distance"] + row["nearest_training_clip"] for row in rows} == {""}
    columns = ("seed", "to_seed", "position", "truncation", "row")
    told = [tuple(row[name] for name in columns) for row in rows]
    assert told == [
        ("5", "", "", "1", ""),
        ("6", "", "", "1", ""),
        *(("3", "9", position, "0.7", "") for position in ("0", "0.5", "1")),
        *(("", "", "", "1", number) for number in "01"),
    ]
    assert [row["latents"] for row in rows[5:]] == [str(tmp_path / "z.npy")] * 2


def test_generating_again_replaces_rows_with_their_files(
    tiny_values: dict[str, Any], checkpoint: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    write(load_model(checkpoint, CPU), folder, range(4))
    (folder / "generated_seed00000.wav").unlink()
    other = load_model(save_model({**tiny_values, "training": {"seed": 8}}, tmp_path / "other"), CPU)
    again = list(write_clips(other, recipe(other, range(2, 5)), folder))
    assert [clip.replaced_other for clip in again] == [True, True, False]
    rows = {row["file"]: row for row in read_table(folder / "generated.csv")}
    assert sorted(rows) == [f"generated_seed0000{seed}.wav" for seed in (1, 2, 3, 4)]
    for seed in (2, 3, 4):
        assert rows[f"generated_seed0000{seed}.wav"]["checkpoint_sha256"] == other.sha256
    assert rows["generated_seed00001.wav"]["checkpoint"] == str(checkpoint)


@pytest.fixture
def engine() -> TrainedModel:
    """An untrained engine model."""
    config = load_config("config_fast", {"model.model_dim": 8, "model.latent_dim": 8})
    return TrainedModel(build_generator(config).requires_grad_(False), config, None, "untrained", False, None)


@pytest.mark.parametrize("seconds", [0.1, 6, 50])
def test_other_lengths_too_give_the_same_bytes_in_any_company(
    engine: TrainedModel, tmp_path: Path, seconds: float
) -> None:
    many, few = (
        write(engine, tmp_path / f"{start}", range(start, start + count), seconds=seconds)
        for start, count in ((0, 3), (2, 1))
    )
    assert many[2].name == few[0].name == f"generated_seed00002_seconds{seconds:g}.wav"
    assert many[2].read_bytes() == few[0].read_bytes()
    assert len({path.read_bytes() for path in many}) == 3
    assert {soundfile.info(path).frames for path in many} == {round(seconds * 22050)}
    told = {row["file"]: float(row["seconds"]) for row in read_table(tmp_path / "0" / "generated.csv")}
    assert told == {path.name: pytest.approx(seconds, abs=1 / 22050) for path in many}


def test_lengths_have_files_of_their_own(engine: TrainedModel, tmp_path: Path) -> None:
    (usual,), (short,) = (write(engine, tmp_path, [3], seconds=seconds) for seconds in (None, 1))
    assert (usual.name, short.name) == ("generated_seed00003.wav", "generated_seed00003_seconds1.wav")
    with torch.no_grad():
        wave = engine.generator(seed_latent(3, 8)[None], 22050)[0, 0].numpy()
    np.testing.assert_allclose(soundfile.read(short)[0], wave, rtol=0, atol=1.1 / 65536)


def test_the_data_sets_spectrum_is_given_back(tiny_values: dict[str, Any], tmp_path: Path) -> None:
    filter_db = torch.linspace(30, -30, 128)
    plain = load_model(save_model(tiny_values, tmp_path / "plain"), CPU)
    filtered = load_model(save_model(tiny_values, tmp_path / "filtered", whitening=filter_db), CPU)
    (first,) = write(plain, tmp_path / "a", range(1, 2))
    (second,) = write(filtered, tmp_path / "b", range(1, 2))
    clip = soundfile.read(first, dtype="float32")[0]
    expected = Whitening(filter_db).invert(torch.from_numpy(clip)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(soundfile.read(second)[0], expected, atol=2e-3)


def test_clips_are_those_of_the_plain_module(checkpoint: Path, tmp_path: Path) -> None:
    model = load_model(checkpoint, CPU)
    latents = torch.cat([draw_latents(5 + index, "generate", 0, 1, 4) for index in range(3)])
    with torch.no_grad():
        wanted = Generator(model.config.model, 4096).requires_grad_(False)
        wanted.load_state_dict(model.generator.state_dict())
        waveforms = wanted(latents)[:, 0].numpy()
    paths = write(model, tmp_path / "out", range(5, 8))
    for path, waveform in zip(paths, waveforms, strict=True):
        np.testing.assert_allclose(soundfile.read(path)[0], waveform, rtol=0, atol=1.1 / 65536)


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
    model = replace(load_model(checkpoint, CPU), generator=generator)
    for taken, _ in enumerate(write_clips(model, recipe(model, range(20 * RENDER_BATCH)), tmp_path)):
        assert generator.batches <= taken // RENDER_BATCH + 2
    assert generator.batches == 20


def test_leaving_early_leaves_whole_files_with_their_rows_only(checkpoint: Path, tmp_path: Path) -> None:
    model = load_model(checkpoint, CPU)
    folder = tmp_path / "out"
    old = write(model, folder, [20 * RENDER_BATCH - 1])[0].name  # the very last
    files = write_clips(model, recipe(model, range(20 * RENDER_BATCH)), folder)
    next(files)
    files.close()
    written = sorted(folder.glob("*.wav"))
    assert RENDER_BATCH <= len(written) < 4 * RENDER_BATCH
    others = {path.name for path in folder.iterdir()} - {path.name for path in written}
    assert others == {"generated.csv", ".lock", ".wavegan.json"}
    rows = [row["file"] for row in read_table(folder / "generated.csv")]
    assert sorted(rows) == [path.name for path in written]
    assert rows[-1] == old  # it was not replaced, and is told of again
    whole = write(model, tmp_path / "again", range(len(written) - 1))
    for path in whole:
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_what_is_no_sound_is_not_written(checkpoint: Path, tmp_path: Path) -> None:
    generator = Counting()
    generator.weight.data.fill_(1e30)
    model = replace(load_model(checkpoint, CPU), generator=generator)
    latents = np.ones((2, LATENT_DIM), np.float32)
    latents[1] = 1e30
    np.save(tmp_path / "z.npy", latents)
    with pytest.raises(UserError, match=r"Row 1 of .*z\.npy gives NaN"):
        write(model, tmp_path / "out", tmp_path / "z.npy")
    generator.weight.data.fill_(float("nan"))
    with pytest.raises(UserError, match="name another model"):
        write(model, tmp_path / "out", range(1))
    assert [path.name for path in (tmp_path / "out").glob("*.wav")] == ["generated_z_row00000.wav"]


def test_a_file_that_cannot_be_written_is_told_in_one_line(cli: RunCli, checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "run" / "generated" / "generated_seed00006.wav").mkdir(parents=True)
    result = cli("--output-dir", "run", "--seed", "5", "--generate-only", "3", "--checkpoint", str(checkpoint))
    assert result.returncode == 2
    assert "generated_seed00006.wav" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list((tmp_path / "run" / "generated").glob(".*partial"))


def test_names_tell_procedural_training_data(tiny_values: dict[str, Any], tmp_path: Path) -> None:
    model = load_model(save_model(tiny_values, tmp_path / "p", procedural=True), CPU)
    (path,) = write(model, tmp_path / "out", range(1))
    assert path.name == "generated_from_procedural_seed00000.wav"


def test_the_command_needs_a_model_and_nothing_else(
    cli: RunCli, checkpoint: Path, tiny_values: dict[str, Any], tmp_path: Path
) -> None:
    tiny_values["dataset"]["base_path"] = str(tmp_path / "no data set here")
    tiny_values["output"]["output_dir"] = "run"
    (tmp_path / "c.json").write_text(json.dumps(tiny_values))
    result = cli("--config", "c.json", "--generate-only", "2")
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in (tmp_path / "run" / "generated").iterdir()) == [
        ".lock",
        ".wavegan.json",
        "generated.csv",
        "generated_seed00007.wav",
        "generated_seed00008.wav",
    ]
    assert "name them with --data FOLDER" in result.stdout
    named = cli("--output-dir", "elsewhere", "--seed", "9", "--generate-only", "1", "--checkpoint", str(checkpoint))
    assert named.returncode == 0, named.stderr
    assert (tmp_path / "elsewhere" / "generated" / "generated_seed00009.wav").exists()


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


def test_clips_are_written_as_16_bit_mono_and_clipped(tmp_path: Path) -> None:
    clip = torch.tensor([0.0, 0.5, -0.5, 1.5, -1.5])
    write_clip(tmp_path / "a.wav", clip, 22050)
    pcm, rate = soundfile.read(tmp_path / "a.wav", dtype="int16")
    assert rate == 22050
    np.testing.assert_array_equal(pcm, [0, 16384, -16384, 32767, -32768])
