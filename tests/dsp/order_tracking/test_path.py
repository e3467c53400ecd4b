import itertools

import numpy as np

from wavegan_src.dsp.order_tracking.evidence import HOP, STEP, Evidence
from wavegan_src.dsp.order_tracking.path import best_path


def naive(scores: np.ndarray, ramps: np.ndarray) -> float:
    """The best total of all paths between states of four rates, one by one."""
    finer = scores.reshape(len(scores), -1, 4).argmax(axis=2)
    best = -np.inf
    for path in itertools.product(range(finer.shape[1]), repeat=len(scores)):
        rates = [4 * state + finer[frame, state] for frame, state in enumerate(path)]
        total = sum(scores[frame, rate] for frame, rate in enumerate(rates))
        for frame in range(1, len(scores)):
            move = np.clip(ramps[frame, rates[frame]] * HOP / (4 * STEP), -30, 30)
            total -= min(abs(path[frame] - path[frame - 1] - move), 15)
        best = max(best, total)
    return best


def test_equals_the_search_of_all_paths() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        scores = 4 * rng.standard_normal((4, 20)).astype(np.float32)
        ramps = rng.uniform(-0.5, 0.5, (4, 20)).astype(np.float32)
        path = best_path(Evidence(scores, ramps))
        total = scores[np.arange(4), path].sum()
        for frame in range(1, 4):
            move = ramps[frame, path[frame]] * HOP / (4 * STEP)
            total -= min(abs(path[frame] // 4 - path[frame - 1] // 4 - move), 15)
        np.testing.assert_allclose(total, naive(scores, ramps), rtol=1e-5)
