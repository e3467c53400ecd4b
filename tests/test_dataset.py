"""Opening a data set: clips, split, batches, notices, and every kind of bad input."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.audio import LENGTH, RATE, SECONDS, make_config, noise, opened, write, write_tree
from wavegan_src.data.batch import batch_indices
from wavegan_src.data.synth.engine_set import Clip, iter_set
from wavegan_src.data.whitening import WHITENING_VERSION, Whitening, whiten_batch
from wavegan_src.dataset import open_dataset
from wavegan_src.dsp.clips import edge_taper, normalise, to_int16


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "data")


def test_clips_are_windows_at_their_level(tree: Path) -> None:
    dataset, _ = opened(tree)
    assert dataset.samples.shape == (36, LENGTH)
    assert dataset.samples.dtype == np.int16
    assert dataset.sources[:2] == ["réc 0.wav @ 0.0 s", "réc 0.wav @ 0.25 s"]
    assert dataset.recording_count == 4
    assert not dataset.procedural
    window = noise(2.5, 0)[500:1500]
    expected = window * (0.95 / np.abs(window).max()) * edge_taper(LENGTH, 10)
    clip = dataset.batch([1])
    assert clip.shape == (1, 1, LENGTH)
    assert clip.dtype == torch.float32
    np.testing.assert_allclose(clip[0, 0].numpy(), expected, atol=1 / 32767)


def test_split_is_by_recording(tree: Path) -> None:
    dataset, _ = opened(tree, dataset__validation_fraction=0.5)
    assert sorted([*dataset.train, *dataset.validation]) == list(range(36))
    train, validation = (
        {dataset.sources[index].partition(" @")[0] for index in part} for part in (dataset.train, dataset.validation)
    )
    assert not train & validation
    assert (len(train), len(validation)) == (2, 2)


def test_one_recording_has_no_validation(tmp_path: Path) -> None:
    write(tmp_path / "data" / "a.wav", noise(3))
    dataset, _ = opened(tmp_path / "data")
    assert len(dataset.validation) == 0
    assert len(dataset.train) == 11


def test_silent_recordings_do_not_use_up_validation(tree: Path) -> None:
    for index in range(20):
        write(tree / f"silent {index}.wav", np.zeros(2000, np.float32))
    dataset, _ = opened(tree, dataset__validation_fraction=0.01)
    assert dataset.recording_count == 4
    assert len(dataset.validation) == 9
    assert dataset.dropped == {"silent": 60}


def test_same_clips_whatever_the_number_of_workers(tree: Path, tmp_path: Path) -> None:
    found = [
        opened(tree, training__num_workers=count, dataset__cache_dir=str(tmp_path / f"c{count}"))[0]
        for count in (0, 1, 3)
    ]
    for other in found[1:]:
        np.testing.assert_array_equal(other.samples, found[0].samples)
        assert other.fingerprint == found[0].fingerprint


def test_second_opening_decodes_nothing(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = opened(tree)
    monkeypatch.setattr("wavegan_src.data.encoding.FileWindows", None)
    second, _ = opened(tree)
    assert second.fingerprint == first.fingerprint


def test_fingerprint_tells_contents_parameters_and_split(tree: Path) -> None:
    base = opened(tree)[0].fingerprint
    changes: list[dict[str, Any]] = [
        {"audio__taper_ms": 1.0},
        {"audio__normalization": "rms"},
        {"dataset__overlap": 0.25},
        {"dataset__validation_fraction": 0.5},
        {"dataset__spectral_whitening": True},
    ]
    others = [opened(tree, **change)[0].fingerprint for change in changes]
    path = write(tree / "réc 0.wav", noise(2.5, 99), subtype="FLOAT")
    os.utime(path, ns=(1, 1))
    others.append(opened(tree)[0].fingerprint)
    assert len({base, *others}) == 7


@pytest.mark.parametrize("names", [["a", "b", "c"], ["train/a", "train/b", "validation/c"]])
@pytest.mark.parametrize("place", ["run", "output/run"])
@pytest.mark.parametrize("mark", ["epochs_statistics/experiment_config.json", "checkpoints/final_model.tar"])
def test_a_run_inside_the_data_set_is_no_part_of_it(tmp_path: Path, names: list[str], place: str, mark: str) -> None:
    data = tmp_path / "data"
    for index, name in enumerate(names):
        write(data / f"{name}.wav", noise(1, index))
    before, notices = opened(data)
    run = data / place
    (run / "epochs_statistics").mkdir(parents=True)
    (run / mark).parent.mkdir(exist_ok=True)
    (run / mark).touch()
    write(run / "samples" / "deeper" / "epoch_1.wav", noise(1, 9))
    after, later = opened(data)
    assert after.fingerprint == before.fingerprint
    assert later == [f"Not taken as recordings, because this program wrote them: {place} (a run).", *notices]


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_are_those_of_their_steps(tree: Path, workers: int) -> None:
    dataset, _ = opened(tree)
    batches = list(dataset.batches(3, 9, 8, seed=7, workers=workers))
    assert len(batches) == 6
    for step, batch in zip(range(3, 9), batches, strict=True):
        chosen = dataset.train[batch_indices(step, 8, len(dataset.train), 7)]
        assert torch.equal(batch.clips, dataset.batch(chosen))
        assert batch.clips.shape == (8, 1, LENGTH)
        assert batch.condition is None


def test_clips_of_an_engine_with_a_name_come_in_pairs(tmp_path: Path) -> None:
    """Two recordings of one car, which may share a batch's pair, and one of another that nobody named."""
    for number, folder in enumerate(("golf", "golf", "other")):
        write(tmp_path / "data" / folder / f"{number}.wav", noise(3, number))
    whole = {
        "dataset__validation_fraction": 0.0,
        "audio__audio_length_seconds": 1.0,
        "audio__audio_length_samples": RATE,
    }
    drive = whole | {"model__architecture": "drive"}
    assert all(batch.engines is None for batch in opened(tmp_path / "data", **drive)[0].batches(0, 3, 4, 7, 0))
    (tmp_path / "data" / "golf" / "engine.json").write_text('{"name": "golf"}')
    unnamed = opened(tmp_path / "data", **whole)[0]
    assert all(batch.engines is None for batch in unnamed.batches(0, 3, 4, 7, 0))
    dataset, _ = opened(tmp_path / "data", **drive)
    assert dataset.fingerprint != unnamed.fingerprint
    clips = [dataset.batch([index])[0] for index in range(len(dataset.samples))]
    engines = [source.split("/")[0] for source in dataset.sources]
    crossed = 0
    for batch in dataset.batches(0, 20, 6, 7, 0):
        assert batch.engines is not None
        assert torch.equal(batch.engines[:3], batch.engines[3:])
        found = [next(index for index, clip in enumerate(clips) if torch.equal(clip, each)) for each in batch.clips]
        for one, other in zip(found[:3], found[3:], strict=True):
            assert one != other
            assert engines[one] == engines[other]
            crossed += dataset.recordings[one] != dataset.recordings[other]
    assert crossed > 10


def test_whitening_is_measured_once_and_applied(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset, _ = opened(tree, dataset__spectral_whitening=True)
    batch = dataset.batch([0, 1])
    torch.testing.assert_close(batch.abs().amax(dim=-1), torch.full((2, 1), 0.95))
    monkeypatch.setattr("wavegan_src.data.whitening.measure", None)
    again, _ = opened(tree, dataset__spectral_whitening=True)
    assert torch.equal(again.batch([0, 1]), batch)


def test_a_filter_that_another_version_stored_is_not_used(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whitened = {"dataset__spectral_whitening": True}
    current = opened(tree, **whitened)[0].whitening
    assert current is not None
    (stored,) = (tree.parent / "cache").rglob("whitening-*.npy")
    np.save(stored, np.zeros(128, np.float32))
    assert torch.equal(opened(tree, **whitened)[0].whitening.response_db, torch.zeros(128))  # type: ignore[union-attr]
    monkeypatch.setattr("wavegan_src.data.whitening.WHITENING_VERSION", WHITENING_VERSION + 1)
    anew = opened(tree, **whitened)[0].whitening
    assert anew is not None
    assert torch.equal(anew.response_db, current.response_db)


def test_another_filter_can_be_used(tree: Path) -> None:
    dataset, _ = opened(tree, dataset__spectral_whitening=True)
    plain, _ = opened(tree)
    fingerprint, chosen = dataset.fingerprint, dataset.train[:2]
    whitening = Whitening(torch.linspace(10, -10, 128))
    dataset.use_whitening(whitening)
    expected = whiten_batch(plain.batch(chosen), whitening)
    assert torch.equal(dataset.batch(chosen), expected)
    first = next(dataset.batches(0, 1, 4, 7, 0)).clips
    assert torch.equal(first, dataset.batch(dataset.train[batch_indices(0, 4, 27, 7)]))
    assert dataset.fingerprint == fingerprint
    dataset.use_whitening(None)
    assert torch.equal(dataset.batch(chosen), plain.batch(chosen))
    assert dataset.fingerprint == fingerprint


def test_audible_clips_are_what_is_heard(tree: Path) -> None:
    plain, _ = opened(tree)
    heard = plain.audible([3, 1])
    assert heard.dtype == torch.float32
    np.testing.assert_array_equal(heard.numpy(), plain.samples[[3, 1]] * (np.float32(1) / np.float32(32767)))


def test_whitened_clips_are_heard_on_the_way_of_generated_ones(tree: Path) -> None:
    """Up to each clip's level, which whitening sets anew, they are the stored clips."""
    dataset, _ = opened(tree, dataset__spectral_whitening=True)
    heard, stored = dataset.audible([0, 5]).numpy(), dataset.samples[[0, 5]] / 32767
    assert heard.shape == (2, LENGTH)
    for clip, original in zip(heard, stored, strict=True):
        gain = float(clip @ original / (original @ original))
        np.testing.assert_allclose(clip, gain * original, atol=1e-5)
    assert dataset.whitening is not None
    assert torch.equal(dataset.audible([0, 5]), dataset.whitening.invert(dataset.batch([0, 5]))[:, 0])


def test_prepared_split_is_honoured(tmp_path: Path) -> None:
    names = ("train/a/1.wav", "train/a/2.wav", "train/b/1.wav", "validation/c/1.wav", "validation/d/1.wav")
    for seed, name in enumerate(names):
        write(tmp_path / "data" / name, noise(0.5, seed=seed))
    dataset, _ = opened(tmp_path / "data")
    assert [dataset.sources[index].partition("/")[0] for index in dataset.validation] == ["validation"] * 2
    assert dataset.recording_count == 4


def test_progress_counts_seconds(tree: Path) -> None:
    seen: list[Any] = []

    @contextmanager
    def bar(label: str, total: float) -> Iterator[Any]:
        seen.append((label, total))
        yield seen.append

    open_dataset(make_config(tree, tree.parent / "cache"), bar)
    assert seen[0] == ("Reading recordings", 10.0)
    searched = seen.index(("Looking for copies", 20))  # windows that overlap by half, every other one
    assert sum(seen[1:searched]) == 10.0
    assert sum(seen[searched + 1 :]) == 20


PROCEDURAL = {"dataset__source": "procedural", "dataset__procedural_clips": 6, "training__num_workers": 1}


def test_procedural_data_is_the_same_whatever_the_number_of_workers(tmp_path: Path) -> None:
    expected = [to_int16(normalise(samples, "peak")) for _, samples, _ in iter_set(6, 42, RATE, SECONDS)]
    for workers in (0, 1, 2):
        changes = {"training__num_workers": workers, "dataset__cache_dir": str(tmp_path / f"cache {workers}")}
        dataset, notices = opened(tmp_path / "none", audio__taper_ms=0.0, **(PROCEDURAL | changes))
        assert dataset.procedural
        np.testing.assert_array_equal(dataset.samples, expected)
        assert (len(dataset.train), len(dataset.validation)) == (5, 1)
        assert dataset.sources[0] == "procedural_00000_car_petrol_idle"
        assert "procedural stand-in data" in notices[0].lower()


def test_another_seed_is_another_procedural_set(tmp_path: Path) -> None:
    one, other = (opened(tmp_path / "none", **PROCEDURAL, training__seed=seed)[0] for seed in (0, 1))
    assert one.fingerprint != other.fingerprint
    assert not np.array_equal(one.samples, other.samples)


def test_a_silent_procedural_clip_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def with_silence(count: int, seed: int, sample_rate: int, seconds: float, workers: int) -> Iterator[Clip]:
        for index, (name, samples, labels) in enumerate(iter_set(count, seed, sample_rate, seconds, workers)):
            yield name, samples * np.float32(index > 0), labels

    monkeypatch.setattr("wavegan_src.data.synth.engine_set.iter_set", with_silence)
    dataset, _ = opened(tmp_path / "none", **PROCEDURAL)
    assert dataset.dropped == {"silent": 1}
    assert dataset.sources[0].startswith("procedural_00001_")
