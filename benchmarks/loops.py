"""How seamless exported loops are, and how near their speed is to their name.

Run: python -m benchmarks.loops FOLDER [--cylinders 4] [--json] [--picture FILE]

FOLDER is from `export loops` or `export bank`.

* seam: jump of the waveform and spectral flux where the end meets the beginning, as a quantile of 1000 other places of
  the same loop. A seam that cannot be told lies between 5 and 95 % nine times out of ten.
* rpm: the loop repeated for four seconds and tracked again, against the manifest. A limiter, whose speed bounces, and a
  loop by crossfade, whose speed is not known, are left out.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
from matplotlib.figure import Figure

from wavegan_src.dsp.arrays import F32
from wavegan_src.dsp.clips import resample
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.tracker import track
from wavegan_src.dsp.spectrogram import DYNAMIC_RANGE_DB, spectrogram_db
from wavegan_src.generation.game_audio.bank.contents import Role
from wavegan_src.generation.game_audio.bank.manifest import MANIFEST as BANK
from wavegan_src.generation.game_audio.loops.files import MANIFEST

PLACES = 1000
WINDOW, STEP = 1024, 512
TRACKED_S = 4.0
SHOWN_HZ = 1250
_MULTIPLES = (0.25, 0.5, 1.0, 2.0, 4.0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cylinders", type=int, default=4, help="of the engines that the model was trained on")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--picture", type=Path, help="of a bank: its loops under load, each twice, and all levels")
    options = parser.parse_args()
    if options.picture is not None:
        draw(options.folder, options.picture)
    layout = EngineLayout(options.cylinders)
    jumps, fluxes, errors = [], [], []
    for entry in loops_of(options.folder):
        loop, rate = sf.read(options.folder / entry["file"], dtype="float32")
        jumps.append(quantile_of_seam(jump_at, loop))
        fluxes.append(quantile_of_seam(flux_at, loop))
        if entry["rpm"] is not None and entry.get("role") != Role.LIMITER:
            errors.append(_speed_error(loop, rate, entry["rpm"], layout))
    found: dict[str, Any] = {
        "loops": len(jumps),
        "jump_within_percent": _inside(jumps),
        "flux_within_percent": _inside(fluxes),
        "rpm_within_0.3_percent": round(100 * float(np.mean(np.array(errors) <= 0.003)), 1) if errors else None,
        "rpm_median_error_percent": round(100 * float(np.median(errors)), 3) if errors else None,
    }
    print(json.dumps(found) if options.json else "\n".join(f"{name}: {value}" for name, value in found.items()))


def loops_of(folder: Path) -> list[dict[str, Any]]:
    """The loops that a folder's manifest lists."""
    manifest = folder / (BANK if (folder / BANK).is_file() else MANIFEST)
    loops: list[dict[str, Any]] = json.loads(manifest.read_text(encoding="utf-8"))["loops"]
    return loops


def draw(folder: Path, picture: Path) -> None:
    """Draw the loops under load, each twice in a row, so that its seam is in the middle, and the levels of all."""
    loops = [entry for entry in loops_of(folder) if entry.get("role", Role.LOOP) == Role.LOOP]
    loaded = sorted((entry for entry in loops if entry["load"] == 1), key=lambda entry: float(entry["rpm"]))
    figure = Figure(figsize=(12, 7), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(3, 2))
    place, top = 0.0, 0.0
    for entry in loaded:
        loop, rate = sf.read(folder / entry["file"], dtype="float32")
        levels = spectrogram_db(np.diff(resample(np.tile(loop, 2), rate, SHOWN_HZ * 2)), 512)
        top = max(top, float(levels.max()))
        seconds = 2 * len(loop) / rate
        above.imshow(
            levels,
            origin="lower",
            aspect="auto",
            extent=(place, place + seconds, 0, SHOWN_HZ),
            vmin=top - DYNAMIC_RANGE_DB,
            vmax=top,
            cmap="magma",
        )
        above.axvline(place, color="white", linewidth=1.5)
        above.plot([place + seconds / 2] * 2, [0.95 * SHOWN_HZ, SHOWN_HZ], color="white")
        above.text(place + seconds / 2, 1.01 * SHOWN_HZ, f"{entry['rpm']:.0f}", ha="center", fontsize=9)
        place += seconds
    above.set(xlim=(0, place), ylim=(0, SHOWN_HZ), ylabel="Hz", xticks=[])
    above.set_title("loops under load, each twice: the tick is the seam, the number its rpm", pad=18)
    for load, label in ((1, "under load"), (0, "without load")):
        of_load = sorted((entry["rpm"], entry["level_db"]) for entry in loops if entry["load"] == load)
        below.plot(*zip(*of_load, strict=True), marker="o", label=label)
    below.set(xlabel="rpm", ylabel="level_db, dB", xscale="log")
    below.set_xticks([entry["rpm"] for entry in loaded], [f"{entry['rpm']:.0f}" for entry in loaded])
    below.minorticks_off()
    below.grid(alpha=0.3)
    below.legend()
    figure.savefig(picture, dpi=100)


def jump_at(turns: F32, place: int) -> float:
    """The step of the waveform to the sample at a place."""
    return float(abs(turns[place] - turns[place - 1]))


def flux_at(turns: F32, place: int) -> float:
    """How much the spectrum changes over a place: mean difference of log magnitudes before and after it."""
    window = np.hanning(WINDOW)
    before, after = (
        np.log(np.abs(np.fft.rfft(window * turns[at : at + WINDOW])) + 1e-5)
        for at in (place - WINDOW // 2 - STEP // 2, place - WINDOW // 2 + STEP // 2)
    )
    return float(np.abs(after - before).mean())


def quantile_of_seam(measure: Any, loop: F32) -> float:
    """Which share of random places of a loop measures less than its seam."""
    turns = np.tile(loop, 3)
    places = np.random.default_rng(0).integers(len(loop) // 8, len(loop) - len(loop) // 8, PLACES) + len(loop)
    seam = measure(turns, len(loop))
    return float(np.mean([measure(turns, place) < seam for place in places]))


def _speed_error(loop: F32, rate: int, rpm: float, layout: EngineLayout) -> float:
    """Of the tracked speed, at the multiple that fits best: a learnt engine may have any number of cylinders."""
    turns = np.tile(loop, int(np.ceil(TRACKED_S * rate / len(loop))))
    ratio = track(turns, rate, layout).rpm / rpm
    return float(min(np.median(np.abs(ratio * multiple - 1)) for multiple in _MULTIPLES))


def _inside(quantiles: list[float]) -> float:
    values = np.array(quantiles)
    return round(100 * float(((values >= 0.05) & (values <= 0.95)).mean()), 1)


if __name__ == "__main__":
    main()
