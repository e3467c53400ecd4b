"""The picture of orders: a spectrogram with the lines drawn in at which an engine's orders are."""

from matplotlib.axes import Axes

from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.dsp.spectrogram import DYNAMIC_RANGE_DB, spectrogram_db

_WINDOW = 512  # samples
_MOST_COLUMNS = 2400


def draw_orders(axes: Axes, sound: F32, rate: int, times: Floats, lines: Floats) -> None:
    """Draw the spectrogram of a sound `(samples,)` from 0 to half its `rate` in Hz, and dotted lines over it.

    times: in s from its beginning, (points,). lines: in Hz, (orders, points); none where it is NaN.
    """
    levels = spectrogram_db(sound, _WINDOW)
    levels = levels[:, :: max(1, levels.shape[1] // _MOST_COLUMNS)]
    top = float(levels.max())
    axes.imshow(
        levels,
        origin="lower",
        aspect="auto",
        extent=(0, len(sound) / rate, 0, rate / 2),
        vmin=top - DYNAMIC_RANGE_DB,
        vmax=top,
        cmap="magma",
    )
    for line in lines:
        axes.plot(times, line, color="white", linewidth=0.7, linestyle=(0, (2, 3)))
    axes.set(ylim=(0, rate / 2))
