import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.support.audio import sine
from wavegan_src.dsp.order_tracking.picture import draw_orders


def test_a_line_lies_on_the_tone_that_it_is_of() -> None:
    axes = Figure().subplots()
    times = np.linspace(0, 1, 5)
    draw_orders(axes, sine(1.0, 2000, 300), 2000, times, np.array([np.full(5, 300.0), np.full(5, np.nan)]))
    (image,) = axes.images
    levels = np.asarray(image.get_array())
    left, right, low, high = image.get_extent()
    brightest = low + (levels.mean(axis=1).argmax() + 0.5) / len(levels) * (high - low)
    assert brightest == pytest.approx(300, abs=2000 / 512)
    assert (left, right, low, high) == (0, 1, 0, 1000)
    assert np.asarray(axes.lines[0].get_ydata()) == pytest.approx(300)
    assert np.isnan(np.asarray(axes.lines[1].get_ydata())).all()
