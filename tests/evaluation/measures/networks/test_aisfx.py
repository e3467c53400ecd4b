"""aiSFX against its authors' code: `tests/fixtures/aisfx` says how the golden values were made."""

import numpy as np
import pytest
import soundfile as sf
import torch
from numpy.typing import NDArray

from tests.support.paths import FIXTURES
from tests.support.sounds import RATE, engines, white
from wavegan_src.dsp.clips import resample
from wavegan_src.evaluation.measures.embeddings import embed_aisfx
from wavegan_src.evaluation.measures.networks import aisfx

DATA = FIXTURES / "aisfx"
START = round(1.2 * aisfx.RATE)


@pytest.fixture(scope="module")
def signal() -> NDArray[np.float32]:
    """3.5 s of a made-up engine that runs up and stops."""
    return np.asarray(sf.read(DATA / "engine.flac", dtype="float32")[0], dtype=np.float32)


@pytest.fixture(scope="module")
def golden() -> dict[str, NDArray[np.float32]]:
    with np.load(DATA / "golden.npz") as archive:
        return {name: archive[name] for name in archive.files}


def test_the_spectrum_is_the_one_of_essentia(
    signal: NDArray[np.float32], golden: dict[str, NDArray[np.float32]]
) -> None:
    ours = aisfx.log_mel(aisfx.load(), torch.from_numpy(signal[None]))[0].numpy()
    np.testing.assert_allclose(ours, golden["log_mel"], atol=1e-4)  # values go up to 7.5


@pytest.mark.parametrize(("samples", "name"), [(None, "whole"), (START, "start")])
def test_embeddings_are_those_of_the_original(
    signal: NDArray[np.float32], golden: dict[str, NDArray[np.float32]], samples: int | None, name: str
) -> None:
    ours = aisfx.forward(aisfx.load(), signal[None, :samples])[0]
    assert ours.shape == golden[name].shape  # two whole blocks, or one completed with silence
    np.testing.assert_allclose(ours, golden[name], atol=0.04)  # the weights are float16; embeddings go up to 8
    assert np.linalg.norm(ours - golden[name]) < 0.006 * np.linalg.norm(golden[name])


def test_clips_do_not_depend_on_their_batch_or_rate() -> None:
    clips = engines(3, seed=1)
    together = embed_aisfx(clips, RATE)
    assert together.patches.shape == (3, 1, aisfx.EMBEDDING_SIZE)
    assert together.network == "aiSFX"
    np.testing.assert_allclose(together.patches, embed_aisfx(clips, RATE, batch_size=2).patches, atol=1e-4)
    at_44k = embed_aisfx(resample(clips[:1], RATE, aisfx.RATE), aisfx.RATE)
    np.testing.assert_allclose(together.patches[:1], at_44k.patches, atol=1e-4)


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_a_short_clip_is_one_block(seconds: float) -> None:
    assert embed_aisfx(white(1, 0, seconds), RATE).patches.shape == (1, 1, aisfx.EMBEDDING_SIZE)


def test_an_empty_set_has_no_embeddings_but_their_shape() -> None:
    nothing = embed_aisfx(np.empty((0, RATE), dtype=np.float32), RATE)
    assert nothing.patches.shape == (0, 1, aisfx.EMBEDDING_SIZE)
    assert nothing.scores.shape == (0, 0)


def test_tells_progress() -> None:
    told: list[int] = []
    embed_aisfx(engines(3, seed=3, seconds=0.5), RATE, batch_size=2, progress=told.append)
    assert told == [2, 3]
