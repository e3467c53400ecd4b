"""ONNX graphs in ONNX Runtime against PyTorch."""

from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from tests.support.driving import small_model
from wavegan_src.dsp.arrays import F32
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.formats.facts import drive_facts
from wavegan_src.generation.formats.onnx_file import file_of
from wavegan_src.generation.model import TrainedModel
from wavegan_src.models.drive.control_tables import ANCHOR_FRAMES
from wavegan_src.models.drive.course import Course

SPEEDS, LOADS = np.array([1.0, 20.0, 200.0], np.float32), np.array([0.0, 0.5, 1.0], np.float32)


def outputs(model: TrainedModel, **inputs: F32) -> dict[str, F32]:
    session = onnxruntime.InferenceSession(file_of(model), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


@pytest.mark.parametrize("samples", [4096, 5001])  # whole, and cropped
def test_the_papers_generator_makes_the_same_clips(tiny_values: dict[str, Any], samples: int) -> None:
    tiny_values["audio"] |= {"audio_length_samples": samples, "audio_length_seconds": samples / 8192}
    model = small_model(tiny_values, "wavegan")
    latents = torch.randn(3, 8)
    found = outputs(model, latent=latents.numpy())["waveform"]
    with torch.inference_mode():
        expected = model.generator(latents)[:, 0].numpy()
    assert found.shape == (3, model.config.audio.audio_length_samples)
    assert np.abs(expected).max() > 1e-3
    assert np.abs(found - expected).max() < 1e-6


def test_the_control_network_gives_the_same_tables(model: TrainedModel) -> None:
    """Each of three engines at a speed and load of its own, against the generator's own tables."""
    generator = Driver(model).generator
    latents = torch.randn(3, generator.latent_dim)
    found = outputs(model, latent=latents.numpy(), speed=SPEEDS, load=LOADS)

    def course(first: int, last: int) -> Course:
        return Course(
            *(torch.from_numpy(row)[:, None].expand(-1, last - first + 1) for row in (np.log2(SPEEDS), LOADS))
        )

    with torch.inference_mode():
        engine = generator.engine(latents)
        tables = generator.tables(engine, course, 0, ANCHOR_FRAMES, generator.loudest())
    expected = {
        "pulses": tables.pulses[:, 0, 0],
        "envelopes": tables.envelopes[:, 0],
        "noise": tables.noise[:, 0],
        "level": tables.level[:, 0, 0],
        "flutter": engine.flutter[..., 0],
        "swell": engine.swell[..., 0],
        "unevenness": engine.unevenness[:, 0, 0],
    }
    for name, wanted in expected.items():
        assert found[name].shape == tuple(wanted.shape), name
        assert np.abs(found[name] - wanted.numpy()).max() < 1e-5, name
    assert found.keys() == {*expected, "spectrum"}


def test_the_spectrum_makes_the_bodys_filter(model: TrainedModel) -> None:
    """By the steps that docs/formats.md gives."""
    generator = Driver(model).generator
    latents, facts = torch.randn(3, generator.latent_dim), drive_facts(generator)
    found = outputs(model, latent=latents.numpy(), speed=SPEEDS, load=LOADS)["spectrum"]
    size = 2 * (facts.bins - 1)
    cepstrum = np.fft.irfft(found.astype(np.float64), size)
    cepstrum[:, 1 : size // 2] *= 2
    cepstrum[:, size // 2 + 1 :] = 0
    response = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), size)[:, : size * 3 // 4] / np.sqrt(0.375 * size)
    faded = response.shape[1] // 4
    response[:, -faded:] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, faded + 1) / faded)
    with torch.inference_mode():
        expected = generator.engine(latents).response.numpy()
    assert np.abs(response - expected).max() < 1e-5 * np.abs(expected).max()
