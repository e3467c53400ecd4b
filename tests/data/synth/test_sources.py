"""Sources: how the firings that all sounds follow from are drawn."""

import numpy as np

from wavegan_src.data.synth.engines import CLASSES, LAYOUTS
from wavegan_src.data.synth.grid import Grid
from wavegan_src.data.synth.sources import Machine, draw_firing
from wavegan_src.data.synth.speed import draw_operation


def test_burns_have_strength_one_on_average() -> None:
    """Of the class that varies most; a log-normal draw of median 1 would have a mean of 1.03."""
    engine, grid = CLASSES["two_stroke"], Grid(2.0, 22050)
    means = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        operation = draw_operation(rng, engine, "cruise", grid)
        firing = draw_firing(rng, Machine(engine, LAYOUTS["twin_360"], "cruise", operation, grid))
        means.append(firing.strength.mean())
    assert abs(np.mean(means) - 1) < 0.012
