"""The most likely course of a rate through a recording: Viterbi's algorithm over frames."""

import numpy as np

from wavegan_src.dsp.arrays import F32, Indices
from wavegan_src.dsp.order_tracking.evidence import HOP, STEP, Evidence

_SHARED = 4  # rates of the grid that share a state, for speed
_REACH = 30  # steps of 2 % from one frame to the next, at most
_STEP_COST = np.float32(1.0)  # of each step by which the rate departs from its acceleration
_MOST_COST = np.float32(15.0)
_NEVER = -1e9


def best_path(evidence: Evidence) -> Indices:
    """Indices of the rates along the best path, (frames,): high scores, and changes that fit the acceleration."""
    frames = len(evidence.scores)
    pairs = evidence.scores.reshape(frames, -1, _SHARED)
    finer = pairs.argmax(axis=2)
    scores = np.take_along_axis(pairs, finer[..., None], 2)[..., 0]
    ramps = np.take_along_axis(evidence.ramps.reshape(frames, -1, _SHARED), finer[..., None], 2)[..., 0]
    moves = np.clip(ramps * (HOP / (_SHARED * STEP)), -_REACH, _REACH)
    states = np.arange(scores.shape[1])
    jumps = np.arange(-_REACH, _REACH + 1, dtype=np.float32)
    before = np.zeros(scores.shape, np.int16)
    total = scores[0]
    padded = np.full(len(states) + 2 * _REACH, _NEVER, np.float32)
    reached = np.lib.stride_tricks.sliding_window_view(padded, len(jumps))[:, ::-1]  # follows `padded`
    costs = np.empty(reached.shape, np.float32)
    for frame in range(1, frames):
        padded[_REACH:-_REACH] = total
        np.abs(np.subtract(jumps, moves[frame][:, None], out=costs), out=costs)
        costs *= _STEP_COST
        options = np.subtract(reached, np.minimum(costs, _MOST_COST, out=costs), out=costs)
        chosen = options.argmax(axis=1)
        before[frame] = np.minimum(np.maximum(states - (chosen - _REACH), 0), len(states) - 1)
        total = options[states, chosen] + scores[frame]
    path = _trace(total, before)
    return np.asarray(_SHARED * path + finer[np.arange(frames), path])


def _trace(total: F32, before: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> Indices:
    path = np.empty(len(before), np.int64)
    path[-1] = int(total.argmax())
    for frame in range(len(before) - 1, 0, -1):
        path[frame - 1] = before[frame, path[frame]]
    return path
