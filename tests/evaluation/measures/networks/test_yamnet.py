import numpy as np
import pytest
import torch

from tests.support.paths import FIXTURES
from tests.support.sounds import RATE, engines, white
from wavegan_src.evaluation.measures.embeddings import ENGINE_CLASSES, embed_yamnet, engine_tag_rate, top_classes
from wavegan_src.evaluation.measures.networks import yamnet

DATA = FIXTURES / "yamnet"


def test_agrees_with_tensorflow() -> None:
    signal = np.load(DATA / "yamnet_input.npy")[None]
    net = yamnet.load()
    scores, embeddings = yamnet.forward(net, signal)
    with np.load(DATA / "yamnet_output.npz") as golden:
        np.testing.assert_allclose(yamnet.log_mel(net, torch.from_numpy(signal))[0].numpy(), golden["l"], atol=1e-4)
        # The weights are shipped as float16: embeddings go up to 4.5, scores to 0.56.
        np.testing.assert_allclose(embeddings[0], golden["e"], atol=0.02)
        np.testing.assert_allclose(scores[0], golden["s"], atol=0.005)
        assert scores[0].argmax(axis=1).tolist() == golden["s"].argmax(axis=1).tolist()


def test_clips_do_not_depend_on_their_batch() -> None:
    clips = engines(5, seed=1)
    together, alone = embed_yamnet(clips, RATE), embed_yamnet(clips, RATE, batch_size=2)
    np.testing.assert_allclose(together.patches, alone.patches, atol=1e-4)
    np.testing.assert_allclose(together.take(np.array([3, 0])).patches, alone.patches[[3, 0]], atol=1e-4)
    assert together.clip_means.shape == (5, yamnet.EMBEDDING_SIZE)


@pytest.mark.parametrize(("seconds", "patches"), [(0.5, 1), (0.975, 1), (1.2, 2), (2.0, 4)])
def test_takes_clips_of_any_length(seconds: float, patches: int) -> None:
    assert embed_yamnet(white(1, 0, seconds), RATE).patches.shape == (1, patches, yamnet.EMBEDDING_SIZE)


def test_the_rate_of_the_files_hardly_matters() -> None:
    from wavegan_src.dsp.clips import resample

    clips = engines(2, seed=2)
    at_44k = embed_yamnet(resample(clips, RATE, 44100), 44100)
    np.testing.assert_allclose(at_44k.clip_means, embed_yamnet(clips, RATE).clip_means, atol=0.1)


def test_an_empty_set_has_no_embeddings_and_no_tag_rate() -> None:
    nothing = embed_yamnet(np.empty((0, RATE), dtype=np.float32), RATE)
    assert len(nothing) == 0
    assert top_classes(nothing) == []
    assert engine_tag_rate(nothing).value is None


def test_tells_progress() -> None:
    told: list[int] = []
    embed_yamnet(engines(5, seed=3), RATE, batch_size=2, progress=told.append)
    assert told == [2, 4, 5]


def test_names_of_classes() -> None:
    assert len(yamnet.class_names()) == 521
    assert set(yamnet.class_names()) >= ENGINE_CLASSES


def test_white_noise_is_no_engine() -> None:
    assert engine_tag_rate(embed_yamnet(white(4, 0), RATE)).value == 0.0
