"""Compare synthesised engines with recordings: python -m benchmarks.synth_vs_real REAL_FOLDER.

REAL_FOLDER contains one folder per recording, with clips of at least one second. For each measure, the table gives
the distance of a set of clips from the recordings. The first column is the floor: two halves of the recordings,
split by recording, compared with each other. `--also NAME=GLOB` adds a column for existing sound files.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.synth_measures import MEL_BANDS, Description, describe, distances
from wavegan_src.data.synth.render import render

SAMPLE_RATE = 22050  # Hz


def describe_files(paths: Iterable[Path]) -> list[Description]:
    """Measure the first channel of sound files."""
    found = []
    for path in paths:
        samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
        found.append(describe(samples[:, 0], rate))
    return found


def describe_synthesised(engine_class: str, states: Sequence[str], count: int, seed: int) -> list[Description]:
    """Measure `count` new clips of one class, cycling through the states."""
    clips = (render(engine_class, states[k % len(states)], seed + k, SAMPLE_RATE)[0] for k in range(count))
    return [describe(samples.astype(np.float64), SAMPLE_RATE) for samples in clips]


def pick_recordings(folder: Path, per_recording: int) -> list[list[Path]]:
    """Choose a few clips of each recording (sub-folder), spread over its length."""
    chosen = []
    for recording in sorted(path for path in folder.iterdir() if path.is_dir()):
        clips = sorted(path for path in recording.iterdir() if path.suffix in {".flac", ".wav"})
        if clips:
            indices = np.unique(np.linspace(0, len(clips) - 1, per_recording).astype(int))
            chosen.append([clips[k] for k in indices])
    return chosen


def main() -> None:
    """Print the table of distances and a table of medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path, help="folder of recordings, one sub-folder each")
    parser.add_argument("--engine-class", default="car_petrol")
    parser.add_argument("--states", nargs="+", default=["idle"])
    parser.add_argument("--count", type=int, default=150, help="clips to synthesise")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first clip; the following clips count up")
    parser.add_argument("--per-recording", type=int, default=2, help="clips taken from each recording")
    parser.add_argument("--also", nargs="*", default=[], metavar="NAME=GLOB", help="further sets of sound files")
    arguments = parser.parse_args()

    recordings = [describe_files(paths) for paths in pick_recordings(arguments.real, arguments.per_recording)]
    real = [item for recording in recordings for item in recording]
    order = np.random.default_rng(0).permutation(len(recordings))
    halves = [[item for k in order[start::2] for item in recordings[k]] for start in (0, 1)]
    sets = {}
    for entry in arguments.also:
        name, _, pattern = entry.partition("=")
        paths = sorted(Path(pattern).parent.glob(Path(pattern).name))
        if not paths:
            parser.error(f"--also {entry}: no such files")
        sets[name] = describe_files(paths)
    sets["now"] = describe_synthesised(arguments.engine_class, arguments.states, arguments.count, arguments.seed)

    columns = {"floor": distances(*halves), **{name: distances(real, found) for name, found in sets.items()}}
    print("Distance from the recordings (one-dimensional Wasserstein, mean over the measure's components)")
    _print_table([(label, [columns[name][label] for name in columns]) for label in columns["floor"]], list(columns))
    print("\nMedians")
    everything = {"real": real, **sets}
    _print_table(_medians(everything), list(everything))


def _medians(sets: dict[str, list[Description]]) -> list[tuple[str, list[float]]]:
    def row(label: str, pick: str, index: slice | None = None) -> tuple[str, list[float]]:
        values = [np.array([getattr(item, pick) for item in items]) for items in sets.values()]
        return label, [float(np.median(value if index is None else value[:, index].mean(1))) for value in values]

    quarter = MEL_BANDS // 5
    rows = [
        row("firing rate (Hz)", "firing_hz"),
        row("periodicity (0..1)", "periodicity"),
        row("harmonic-to-noise (dB)", "hnr_db"),
        row("spectral flux (dB)", "flux_db"),
    ]
    names = ("lowest", "low", "middle", "high", "highest")
    rows += [
        row(f"mel bands, {name} fifth (dB)", "spectrum_db", slice(k * quarter, (k + 1) * quarter))
        for k, name in enumerate(names)
    ]
    return rows


def _print_table(rows: Sequence[tuple[str, Sequence[float]]], columns: Sequence[str]) -> None:
    print(f"{'':32}" + "".join(f"{name:>12}" for name in columns))
    for label, values in rows:
        print(f"{label:32}" + "".join(f"{value:12.2f}" for value in values))


if __name__ == "__main__":
    main()
