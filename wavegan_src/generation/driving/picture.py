"""The picture of a driven sound: its spectrogram with the wanted orders drawn in, and the curve below."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from wavegan_src.dsp.arrays import F32
from wavegan_src.dsp.clips import resample
from wavegan_src.dsp.order_tracking.picture import draw_orders
from wavegan_src.generation.driving.curve import DriveCurve
from wavegan_src.utils.files import write_atomically

PICTURED_SECONDS = 60.0  # from the beginning; more would not be seen
_RATE = 2500  # Hz: the lower orders are what can be seen
_ORDERS = (1, 2, 4, 8)  # of the working cycle


def draw_drive(sound: F32, rate: int, curve: DriveCurve, rpm_per_hertz: float, title: str, path: Path) -> None:
    """Write the picture of the beginning of a sound `(samples,)` as PNG."""
    figure = Figure(figsize=(11, 7), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    seconds = len(sound) / rate
    times = np.linspace(0, seconds, 500)
    rpm, load = curve.at(times)
    raised = np.diff(resample(sound, rate, _RATE))  # else the lowest orders outshine the rest
    draw_orders(above, raised, _RATE, times, np.outer(_ORDERS, rpm / rpm_per_hertz))
    above.set(title=f"{title}: orders {', '.join(map(str, _ORDERS))} of the cycle", ylabel="Hz")
    below.plot(times, rpm, color="C0")
    below.set(xlabel="s", ylabel="rpm", xlim=(0, seconds))
    below.grid(alpha=0.3)
    if load is not None:
        axis = below.twinx()
        axis.plot(times, load, color="C1")
        axis.set(ylabel="load", ylim=(-0.02, 1.02))
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=110))
