import numpy as np
import pytest

from wavegan_src.dsp.spectrogram import spectrogram_db


def test_spectrogram_of_a_full_scale_sine_reads_0_db_at_its_bin() -> None:
    sine = np.sin(2 * np.pi * 32 * np.arange(8192) / 512).astype(np.float32)
    levels = spectrogram_db(sine)
    assert levels.argmax(0).tolist() == [32] * levels.shape[1]
    assert levels.max() == pytest.approx(0, abs=0.01)
    assert spectrogram_db(np.zeros(100, np.float32)).shape[1] == 1  # shorter than a frame
