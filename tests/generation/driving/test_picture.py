"""The picture of a driven sound."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from tests.support.audio import noise, sine
from wavegan_src.generation.driving.curve import sweep
from wavegan_src.generation.driving.picture import draw_drive

pytestmark = pytest.mark.draws


def test_an_order_of_the_sound_is_bright_and_the_load_is_drawn(tmp_path: Path) -> None:
    sound = sine(0.6, 8000, 500) + noise(0.6, rate=8000, level=0.001)
    draw_drive(sound, 8000, sweep(3000, 0.5, 0.6), 120, "title", tmp_path / "a.png")
    picture = matplotlib.image.imread(tmp_path / "a.png")[..., :3]
    spectrogram = picture[: int(0.7 * len(picture))].sum(2)
    middle = spectrogram[:, spectrogram.shape[1] // 2]
    dark = np.median(middle[100:-20])
    assert (middle > dark + 1).any()
    load = np.abs(picture[int(0.75 * len(picture)) :] - [1.0, 0.498, 0.055]).max(2) < 0.02  # the second colour
    assert load.any()
