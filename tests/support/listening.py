"""A small listening test, and files of answers to it."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from wavegan_src.evaluation.inputs.sets import ClipList
from wavegan_src.evaluation.listening.design import Design, make_design
from wavegan_src.evaluation.listening.page import open_seal, page_data

RATE = 8000
SECONDS = 0.5


def clip_list(count: int, seed: int, title: str) -> ClipList:
    """Noise of different tone and level."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((count, round(RATE * SECONDS))) * rng.uniform(0.02, 0.2, (count, 1))
    names = [f"{title} {number}" for number in range(count)]
    return ClipList(title, noise.astype(np.float32), names, names)


def small_design(trials: int = 3, abx: int = 4, seed: int = 0) -> Design:
    """Real clips and two sets."""
    systems = {name: clip_list(5, number, name) for number, name in ((1, "ours"), (2, "theirs"))}
    return make_design(clip_list(6, 0, "real"), systems, RATE, trials=trials, abx_trials=abx, seed=seed)


def answers(design: Design, listener: str, scores: dict[str, int], right: bool = True) -> dict[str, Any]:
    """What the page saves for someone who gives each condition its score, and answers right or wrong."""
    data = page_data(design, "Test")
    seal = open_seal(data["sealed"])
    ratings = [
        {
            "trial": number,
            "order": trial["stimuli"],
            "scores": {key: scores[seal.stimuli[key][0]] for key in trial["stimuli"]},
            "seconds": 9.5,
        }
        for number, trial in enumerate(data["ratings"])
    ]
    wrong = {"A": "B", "B": "A"}
    chosen = [
        {"trial": number, "answer": answer if right else wrong[answer], "seconds": 4.0}
        for number, (_, answer) in enumerate(seal.abx)
    ]
    common = {"format": 1, "test": data["test"], "title": "Test", "started": "2026-01-01", "ended": "2026-01-02"}
    return {**common, "listener": listener, "ratings": ratings, "abx": chosen, "sealed": data["sealed"]}


def save(path: Path, content: dict[str, Any]) -> Path:
    """Write a file of answers."""
    path.write_text(json.dumps(content))
    return path
