"""How fast, how late and how true to offline rendering an engine is in real time.

    python -m benchmarks.streaming --checkpoint RUN --json

* realtime_factor: seconds of sound per second of processor time on one thread, with rpm and load changing before every
  block; the fastest of several stretches, since other work on the machine only slows it.
* latency_ms: from a step of rpm and load until sounds differ from those of engines without it by half as much as they
  will, in windows of 2 ms, in the mean of many engines, whose next pulses are due at different times; the worst place
  of the step within a quantum. Blocks that are being played come on top.
* spectrum_error_db: between the third-octave spectra of a stream and of `Model.drive` on one course, the median of all
  bands from 40 Hz up and seeds, and the largest as spectrum_error_most_db.
* growth_kb: by how much more memory is in use after 25 s of sound than after 5 s.
"""

import argparse
import json
import time
import tracemalloc
from dataclasses import asdict, dataclass

import numpy as np
import torch

import wavegan
from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.generation.driving.driver import Driver

SEEDS = (17, 18, 19, 20)
STRETCHES = 10
SECONDS = 1.0  # of a stretch
SPECTRUM_SECONDS = 20.0
THIRD_OCTAVE = 2 ** (1 / 3)
PLACES = 8  # of the step within the samples between two times that controls are read
ENGINES = range(17, 41)  # whose latency is measured
WINDOW_S = 0.002


@dataclass(frozen=True)
class Figures:
    """What was measured, of one model."""

    checkpoint: str
    block: int
    realtime_factor: float
    latency_ms: float
    spectrum_error_db: float
    spectrum_error_most_db: float
    growth_kb: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, help="a run's folder or a checkpoint of a drive model")
    parser.add_argument("--block", type=int, default=128, help="samples of a block")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = wavegan.load(arguments.checkpoint, device="cpu")
    found = measure(model, arguments.block)
    if arguments.json:
        print(json.dumps(asdict(found)))
        return
    print(
        f"{found.realtime_factor:.0f} x real time in blocks of {found.block} samples\n"
        f"latency {found.latency_ms:.1f} ms\n"
        f"spectrum within {found.spectrum_error_db:.2f} dB (median; at most {found.spectrum_error_most_db:.2f} dB)\n"
        f"{found.growth_kb:.0f} KiB more memory after 25 s than after 5 s"
    )


def measure(model: wavegan.Model, block: int) -> Figures:
    """Measure all figures of a model."""
    errors = np.concatenate([spectrum_errors(model, seed) for seed in SEEDS])
    return Figures(
        checkpoint=model.name,
        block=block,
        realtime_factor=max(realtime_factor(model, block) for _ in range(STRETCHES)),
        latency_ms=1000 * latency(model),
        spectrum_error_db=float(np.median(errors)),
        spectrum_error_most_db=float(errors.max()),
        growth_kb=growth(model, block) / 1024,
    )


def realtime_factor(model: wavegan.Model, block: int) -> float:
    """Of one stretch of blocks before each of which rpm and load change."""
    stream, rpms = _stream(model, SEEDS[0]), _rpms(model)
    blocks = int(SECONDS * model.sample_rate / block)
    start = time.process_time()
    for number in range(blocks):
        stream.rpm, stream.load = rpms[0] + (rpms[1] - rpms[0]) * number / blocks, (number % 100) / 100
        stream.render(block)
    return blocks * block / model.sample_rate / (time.process_time() - start)


def latency(model: wavegan.Model) -> float:
    """In s, at the worst place of the step."""
    _, high = _rpms(model)
    window, quantum = round(WINDOW_S * model.sample_rate), _stream(model, ENGINES[0]).quantum
    worst = 0.0
    for place in range(PLACES):
        before = quantum * (model.sample_rate // (4 * quantum)) + 1 + place * quantum // PLACES
        power = np.mean([_change(model, seed, before, high) for seed in ENGINES], axis=0)
        level = np.sqrt(np.convolve(power, np.ones(window) / window, mode="valid"))
        worst = max(worst, float((level >= 0.5).argmax() + window / 2) / model.sample_rate)
    return worst


def _change(model: wavegan.Model, seed: int, before: int, rpm: float) -> Floats:
    """The power, 1 in the end, by which a step after so many samples changes the next quarter of a second."""
    steady, changed = _stream(model, seed), _stream(model, seed)
    steady.render(before)
    changed.render(before)
    changed.rpm, changed.load = rpm, 1.0
    size = model.sample_rate // 4
    found: Floats = (changed.render(size) - steady.render(size)).astype(np.float64) ** 2
    found /= found[size // 2 :].mean()
    return found


def spectrum_errors(model: wavegan.Model, seed: int) -> Floats:
    """By how many dB each third-octave band of a stream differs from that of rendering at once."""
    low, high = _rpms(model)
    whole = model.drive((low, high), (0.0, 1.0), seconds=SPECTRUM_SECONDS, seed=seed)
    stream = wavegan.EngineStream(model, seed, rpm=low, load=0.0)
    block = model.sample_rate // 200
    parts = []
    for first in range(0, len(whole), block):
        share = min(1.0, first / len(whole))
        stream.rpm, stream.load = low + (high - low) * share, share
        parts.append(stream.render(min(block, len(whole) - first)))
    bands = [_bands(wave, model.sample_rate) for wave in (whole, np.concatenate(parts))]
    return np.abs(bands[1] - bands[0])


def growth(model: wavegan.Model, block: int) -> float:
    """In bytes."""
    stream = _stream(model, SEEDS[0])
    sizes = []
    tracemalloc.start()
    for seconds in (5, 20):
        for number in range(seconds * model.sample_rate // block):
            stream.rpm = 1000.0 + number % 1000
            stream.render(block)
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    return float(sizes[1] - sizes[0])


def _rpms(model: wavegan.Model) -> tuple[float, float]:
    """A quarter and three quarters up the range that the recordings had."""
    low, high = Driver(model.trained).rpm_range
    return low + (high - low) / 4, high - (high - low) / 4


def _stream(model: wavegan.Model, seed: int) -> wavegan.EngineStream:
    return wavegan.EngineStream(model, seed, rpm=_rpms(model)[0], load=0.0)


def _bands(wave: F32, rate: int) -> Floats:
    """Levels in dB of third-octave bands from 40 Hz up to the highest whole one."""
    power = np.abs(np.fft.rfft(wave.astype(np.float64))) ** 2
    edges = 40 * THIRD_OCTAVE ** np.arange(int(np.log(rate / 2 / 40) / np.log(THIRD_OCTAVE)) + 1)
    bins = (edges * len(wave) / rate).astype(int)
    found: Floats = 10 * np.log10(np.add.reduceat(power[: bins[-1]], bins[:-1]))
    return found


if __name__ == "__main__":
    main()
