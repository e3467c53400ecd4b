import json
from pathlib import Path
from typing import Any

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cli import RunCli
from wavegan_src.config_loader import load_config
from wavegan_src.generation.clip_length import BATCH_SAMPLES, MOST_SAMPLES, ClipLength, choose_length
from wavegan_src.generation.rendering import RENDER_BATCH
from wavegan_src.utils.errors import UserError

ENGINE, PAPER = load_config("config_fast"), load_config("config")


@pytest.mark.parametrize("config", [ENGINE, PAPER])
@pytest.mark.parametrize("seconds", [None, 2, 2.0, 2.00001])
def test_the_trained_length_is_no_other_length(config: Any, seconds: float | None) -> None:
    assert choose_length(config, seconds) is None


def test_the_engine_model_takes_any_length_from_its_filters_to_ten_minutes() -> None:
    assert choose_length(ENGINE, 10) == ClipLength(10, 220500)
    assert choose_length(ENGINE, 600) == ClipLength(600, 13_230_000)
    assert choose_length(ENGINE, 0.093) == ClipLength(0.093, 2051)
    with pytest.raises(UserError, match=r"rings for 0\.093 s, give at least that\.$"):
        choose_length(ENGINE, 0.0928)
    fast = load_config(
        "config_fast",
        {"audio.sample_rate": 96000, "audio.audio_length_samples": 192_000},
    )
    with pytest.raises(UserError, match=r"at 96000 Hz clips have at most 333 s"):
        choose_length(fast, 600)


def test_the_papers_network_writes_its_own_length_alone() -> None:
    with pytest.raises(UserError, match=r"clips of 2 s; .* --config config_fast\.$"):
        choose_length(PAPER, 10)


@given(st.integers(1, MOST_SAMPLES))
def test_batches_are_bounded_in_memory(samples: int) -> None:
    rows = ClipLength(samples / 22050, samples).rows
    assert 1 <= rows <= RENDER_BATCH
    assert rows == 1 or rows * samples <= BATCH_SAMPLES
    assert rows == RENDER_BATCH or (rows + 1) * samples > BATCH_SAMPLES


def test_names_of_different_lengths_differ() -> None:
    lengths = (0.5, 10.0, 10.01, 100.0, 599.99999)
    assert len({ClipLength(seconds, 1).suffix for seconds in lengths}) == len(lengths)
    assert ClipLength(10.0, 1).suffix == "_seconds10"


def test_44100_hz_by_configuration_trains_and_generates_at_any_length(cli: RunCli, tmp_path: Path) -> None:
    config = {
        "model": {"architecture": "engine", "latent_dim": 8, "model_dim": 12},
        "training": {"batch_size": 4, "epochs": 1, "n_critic": 1, "device": "cpu"},
        "audio": {"sample_rate": 44100, "audio_length_seconds": 1.0, "audio_length_samples": 44100},
        "dataset": {"source": "procedural", "procedural_clips": 8},
        "output": {"output_dir": "run", "sample_count": 1, "checkpoint_measures": "none"},
    }
    (tmp_path / "c.json").write_text(json.dumps(config))
    trained = cli("--config", "c.json")
    assert trained.returncode == 0, trained.stderr
    done = cli("--config", "c.json", "--generate-only", "2", "--seconds", "3")
    assert done.returncode == 0, done.stderr
    assert "2 clips of 3 s" in done.stdout
    assert "cannot be compared with training clips of 1 s" in done.stdout
    for path in (tmp_path / "run" / "generated").glob("*_seconds3.wav"):
        info = soundfile.info(path)
        assert (info.samplerate, info.frames, info.channels) == (44100, 132_300, 1)
