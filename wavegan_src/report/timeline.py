"""The audio timeline: the same latent vectors through the run, next to recordings, as many as a page can hold."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wavegan_src.report.sounds import Sound, read_sounds
from wavegan_src.run.folder import RunFolder

MOST_EPOCHS = 10
MOST_ROWS = 4
AUDIO_BYTES = 6_000_000  # of the 10 MB that a page may have
_NAME = re.compile(r"epoch_(\d+)_(?:from_procedural_)?(\d+)\.wav")


@dataclass(frozen=True)
class Timeline:
    """Clips to hear.

    Attributes:
        epochs: the columns.
        rows: for each latent vector its number and a clip per epoch, None where one is missing.
        real: clips of the data set, one next to each row.
        left_out: epochs that have samples and are not shown.
    """

    epochs: list[int]
    rows: list[tuple[int, list[Sound | None]]]
    real: list[Sound]
    left_out: int

    @property
    def newest(self) -> list[Sound]:
        """The clips of the latest epoch shown."""
        return [sounds[-1] for _, sounds in self.rows if sounds and sounds[-1] is not None]


def read_timeline(folder: RunFolder, best: int | None, budget: int = AUDIO_BYTES) -> Timeline:
    """The clips of a run's `samples/`.

    Args:
        folder: the run.
        best: epoch that must be among those shown, if it has samples.
        budget: bytes that the clips may take together.
    """
    by_epoch = _by_epoch(folder.samples)
    numbers = sorted({number for clips in by_epoch.values() for number in clips})[:MOST_ROWS]
    real = [sound for sound in read_sounds(folder.real_samples()[:MOST_ROWS]) if sound is not None]
    room = budget - sum(sound.size for sound in real)
    epochs, numbers = _fit(by_epoch, numbers, best, room)
    sounds = iter(read_sounds(by_epoch[epoch].get(number) for number in numbers for epoch in epochs))
    rows = [(number, [next(sounds) for _ in epochs]) for number in numbers]
    return Timeline(epochs, rows, real, len(by_epoch) - len(epochs))


def choose_epochs(epochs: Sequence[int], best: int | None, most: int) -> list[int]:
    """At most `most` epochs, dense early on, where a run changes fastest; first, last and best are among them.

    They are nearest to steps that grow evenly in length, the best in the place of the step next to it.
    """
    ordered = sorted(epochs)
    if len(ordered) <= most:
        return ordered
    first, last = ordered[0], ordered[-1]
    if most < 3:  # in order of importance
        return sorted(list(dict.fromkeys([last, best if best in ordered else first]))[:most])
    targets: list[float] = [first + (last - first) * (step / (most - 1)) ** 2 for step in range(most)]
    if best is not None and best in ordered and best not in (first, last):
        nearest = min(range(1, most - 1), key=lambda step: abs(targets[step] - best))
        targets[nearest] = best
        targets.sort(key=lambda target: target not in (first, last, best))  # these get their own epochs
    chosen: set[int] = set()
    for target in targets:
        chosen.add(min((epoch for epoch in ordered if epoch not in chosen), key=lambda epoch: abs(epoch - target)))
    return sorted(chosen)


def _fit(
    by_epoch: dict[int, dict[int, Path]], numbers: list[int], best: int | None, room: int
) -> tuple[list[int], list[int]]:
    """As many epochs and latent vectors as there is room for, estimated from the size of one packed clip."""
    if not by_epoch or not numbers:
        return [], []
    (sample,) = read_sounds([by_epoch[max(by_epoch)].get(numbers[0])])
    affordable = max(1, room // sample.size) if sample is not None else MOST_EPOCHS * MOST_ROWS
    rows = min(len(numbers), max(1, math.isqrt(affordable)))
    return choose_epochs(list(by_epoch), best, max(1, min(MOST_EPOCHS, affordable // rows))), numbers[:rows]


def _by_epoch(samples: Path) -> dict[int, dict[int, Path]]:
    """Files by epoch and number of the latent vector."""
    found: dict[int, dict[int, Path]] = {}
    for path in samples.glob("epoch_*.wav"):
        match = _NAME.fullmatch(path.name)
        if match is not None:
            found.setdefault(int(match[1]), {})[int(match[2])] = path
    return found
