"""How right order tracking is: labelled recordings, procedural clips, and real clips played 12 % faster.

Run: python -m benchmarks.order_tracking --data DIR [--json] [--clips 150] [--seed 901]

DIR may hold `labelled/` (recordings with NAME.csv and engines.jsonl) and `engines/` (folders of real clips), or be one
of them. Procedural clips are made. A clip is right if its median error is at most 3 %. The tracker is given the firing
intervals too, cylinders and strokes, or nothing. One core.

Labels of recordings need not be right: `labels_fit` stretches the sound by them and looks how far its lines are from
where they should be. It does not use the tracker.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from wavegan_src.data.speed.labels import read_speed_labels
from wavegan_src.data.synth.engine_set import iter_set
from wavegan_src.data.synth.engines import LAYOUTS
from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.evidence import HOP
from wavegan_src.dsp.order_tracking.tracker import SpeedTrack, track
from wavegan_src.evaluation.tracking.recording import read_mono

WITHIN = 0.03
FASTER = 1.12
FASTER_WITHIN = 0.01
_FIT_RATE, _PER_CYCLE, _CYCLES = 1200, 72, 12  # Hz, samples of a cycle, cycles of a spectrum
LAGS = (0.0, 0.025, -0.025, 0.05, -0.05, 0.075, -0.075, 0.1, -0.1)  # s, by which labels may be late
GIVEN = ("intervals", "cylinders", "nothing")


@dataclass(frozen=True)
class Item:
    """A recording with its labelled speed: rpm at times in s, (points,); exact: whether it is known to be right."""

    group: str
    audio: F32
    rate: int
    times: Floats
    rpm: Floats
    layout: EngineLayout
    exact: bool = False


@dataclass
class Scores:
    """Figures of a group of clips; all shares in percent."""

    errors: list[Floats] = field(default_factory=list)
    sure: list[Any] = field(default_factory=list)
    told: list[bool] = field(default_factory=list)
    found: list[bool] = field(default_factory=list)
    late: list[list[float]] = field(default_factory=list)
    fitting: list[Any] = field(default_factory=list)

    def add(self, found: SpeedTrack, item: Item, fitting: NDArray[np.bool_] | None = None) -> None:
        """Count one clip; fitting: in which frames its labels fit the sound, if that is not certain."""
        true = np.interp(found.times, item.times, item.rpm)
        if fitting is not None:
            self.fitting.append(fitting)
        self.errors.append(np.abs(found.rpm / true - 1))
        self.sure.append(found.confident)
        right = [np.median(np.abs(r.rpm_per_hertz * found.spacing / true - 1)) <= WITHIN for r in found.readings]
        self.told.append(any(right[: 1 + len(found.alternatives)]))
        self.found.append(any(right))
        shifted = [np.interp(found.times + lag, item.times, item.rpm) for lag in LAGS]
        self.late.append([float(np.mean(np.abs(found.rpm / rpm - 1) <= WITHIN)) for rpm in shifted])

    def summary(self) -> dict[str, float | int | None]:
        """The figures."""
        errors, sure = np.concatenate(self.errors), np.concatenate(self.sure)
        kept = errors[sure]
        return {
            "clips": len(self.errors),
            "share_within_3_percent": _percent(errors <= WITHIN),
            "median_error_percent": _median_percent(errors),
            "clips_right_percent": _percent(np.array([np.median(each) <= WITHIN for each in self.errors])),
            "clips_with_right_reading_told_percent": _percent(np.array(self.told)),
            "clips_with_right_spacing_percent": _percent(np.array(self.found)),
            "share_with_labels_shifted_percent": _percent(np.max(self.late, axis=1)),
            "labels_late_ms": round(1000 * float(np.median([LAGS[int(np.argmax(each))] for each in self.late]))),
            "confident_percent": _percent(sure),
            "confident_share_within_3_percent": _percent(kept <= WITHIN),
        } | self._where_labels_fit(errors)

    def _where_labels_fit(self, errors: Floats) -> dict[str, float | int | None]:
        if not self.fitting:
            return {}
        fitting = np.concatenate(self.fitting)
        return {
            "labels_fit_percent": _percent(fitting),
            "labels_fit_share_within_3_percent": _percent(errors[fitting] <= WITHIN),
            "labels_fit_median_error_percent": _median_percent(errors[fitting]),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=None, help="folder of labelled or real recordings")
    parser.add_argument("--clips", type=int, default=150, help="procedural clips; 0 for none")
    parser.add_argument("--seed", type=int, default=901, help="of the procedural clips")
    parser.add_argument("--per-recording", type=int, default=1, help="real clips played faster, of each recording")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    clock = Clock()
    if options.data is not None:
        labelled, real = (
            options.data / name if (options.data / name).is_dir() else options.data for name in ("labelled", "engines")
        )
        if (labelled / "engines.jsonl").is_file():
            results["labelled"] = score(labelled_items(labelled), ("cylinders", "nothing"), clock)
        if any(real.glob("*/*.flac")):
            results["real_played_faster"] = played_faster(real, options.per_recording, clock)
    if options.clips:
        results["procedural"] = score(procedural_items(options.clips, options.seed), GIVEN, clock)
    results["times_real_time"] = round(clock.sound / clock.work, 1)
    print(json.dumps(results, indent=1) if options.json else to_text(results))


@dataclass
class Clock:
    """Seconds of sound tracked, and of the processor."""

    sound: float = 0.0
    work: float = 1e-9

    def track(self, audio: F32, rate: int, layout: EngineLayout | None) -> SpeedTrack:
        """Track and count."""
        before = time.process_time()
        found = track(audio, rate, layout)
        self.work += time.process_time() - before
        self.sound += len(audio) / rate
        return found


def score(
    items: Iterator[Item], given: tuple[str, ...], clock: Clock
) -> dict[str, dict[str, dict[str, float | int | None]]]:
    """Figures by what was given and by group."""
    scores: dict[str, dict[str, Scores]] = {kind: {} for kind in given}
    for item in items:
        fitting = None if item.exact else labels_fit(item)
        for kind in given:
            layout = item.layout if kind == "intervals" else EngineLayout(item.layout.cylinders, item.layout.strokes)
            found = clock.track(item.audio, item.rate, None if kind == "nothing" else layout)
            for group in ("all", item.group):
                scores[kind].setdefault(group, Scores()).add(found, item, fitting)
    return {kind: {name: each.summary() for name, each in sorted(by.items())} for kind, by in scores.items()}


def labels_fit(item: Item) -> NDArray[np.bool_]:
    """In which frames the sound has its lines within 3 % of where the labels say, (frames,).

    The sound is stretched until the labelled cycle is constant. Of each frame's spectrum over 12 cycles, a comb of the
    orders 1, 2, 3 … is shifted by up to 22 % to where it finds most.
    """
    sound = soxr.resample(item.audio, item.rate, _FIT_RATE)
    times = np.arange(len(sound)) / _FIT_RATE
    cycle_hz = np.interp(times, item.times, item.rpm) / item.layout.rpm_per_hertz
    turns = np.cumsum(cycle_hz) / _FIT_RATE
    even = np.interp(np.interp(np.arange(int(turns[-1] * _PER_CYCLE)) / _PER_CYCLE, turns, times), times, sound)
    scales = np.exp(np.arange(-0.2, 0.201, 0.0025))
    size, bins = _CYCLES * _PER_CYCLE, 4 * _CYCLES  # of a spectrum, and from one order to the next
    fits = []
    for time_ in np.arange(int(len(item.audio) / item.rate / HOP) + 1) * HOP:
        middle = int(np.interp(time_, times, turns) * _PER_CYCLE)
        cut = even[max(min(middle - size // 2, len(even) - size), 0) :][:size]
        levels = np.log(np.abs(np.fft.rfft(cut * np.hanning(len(cut)), 4 * size)) + 1e-9)
        levels -= uniform_filter1d(levels, 3 * bins)
        orders = np.arange(1, np.clip(int(420 / np.interp(time_, times, cycle_hz)), 4, 28) + 1)
        found = levels[np.rint(scales[:, None] * orders * bins).astype(int)].mean(axis=1)
        fits.append(abs(np.log(scales[found.argmax()])) <= WITHIN)
    return np.array(fits)


def labelled_items(folder: Path) -> Iterator[Item]:
    """Recordings with labels; the first letter of a name is its engine in engines.jsonl."""
    engines = {each["set"]: each for each in map(json.loads, (folder / "engines.jsonl").read_text().splitlines())}
    for path in sorted(folder.glob("*.opus")):
        labels = read_speed_labels(path)
        assert labels is not None
        engine = engines[path.name[0]]
        audio, rate = read_mono(path)
        layout = EngineLayout(engine["cylinders"], engine["strokes"])
        yield Item(f"{engine['cylinders']} cylinders", audio, rate, labels.times, labels.rpm, layout)


def procedural_items(count: int, seed: int) -> Iterator[Item]:
    """Clips of the synthesiser, by class."""
    for _, audio, labels in iter_set(count, seed):
        firing = LAYOUTS[labels.layout].firing
        gaps = np.diff([*firing, 1.0]) * 180 * labels.strokes
        layout = EngineLayout(labels.cylinders, labels.strokes, tuple(gaps.tolist()))
        times = np.arange(len(labels.rpm_curve)) / labels.rpm_curve_rate
        yield Item(
            labels.engine_class, audio, labels.sample_rate, times, np.array(labels.rpm_curve), layout, exact=True
        )


def played_faster(folder: Path, per_recording: int, clock: Clock) -> dict[str, float | int | None]:
    """How often the speed of a real clip follows when it is played faster."""
    right, sure, heard = [], [], []
    for recording in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in sorted(recording.glob("*.flac"))[:per_recording]:
            audio, rate = read_mono(path)
            faster = soxr.resample(audio, rate * FASTER, rate).astype(np.float32)
            one, other = clock.track(audio, rate, None), clock.track(faster, rate, None)
            ratios = np.interp(one.times / FASTER, other.times, other.rpm) / one.rpm / FASTER
            right.append(abs(np.median(ratios) - 1) <= FASTER_WITHIN)
            sure.append(bool(np.median(one.confidence) >= 0.5 and np.median(other.confidence) >= 0.5))
            heard.append(bool(np.median(one.presence) >= 0.5 and np.median(other.presence) >= 0.5))
    kept, with_lines = np.array(right)[np.array(sure)], np.array(right)[np.array(heard)]
    return {
        "clips": len(right),
        "share_within_1_percent": _percent(np.array(right)),
        "confident_percent": _percent(np.array(sure)),
        "confident_share_within_1_percent": _percent(kept),
        "with_lines_percent": _percent(np.array(heard)),
        "with_lines_share_within_1_percent": _percent(with_lines),
    }


def to_text(results: dict[str, Any], indent: str = "") -> str:
    """The figures as indented lines."""
    lines = []
    for name, value in results.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}", to_text(value, indent + "  ")]
        else:
            lines.append(f"{indent}{name}: {value}")
    return "\n".join(lines)


def _median_percent(errors: Floats) -> float | None:
    return round(100 * float(np.median(errors)), 2) if len(errors) else None


def _percent(flags: Any) -> float | None:
    """The share of those that are set, or None of none."""
    return round(100 * float(np.mean(flags)), 1) if len(flags) else None


if __name__ == "__main__":
    main()
