"""How seamless exported loops are, and how near their speed is to their name.

Run: python -m benchmarks.loops FOLDER [--cylinders 4] [--json]     FOLDER: from `export loops` or `export bank`

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

from wavegan_src.dsp.arrays import F32
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.tracker import track
from wavegan_src.generation.game_audio.bank.contents import Role
from wavegan_src.generation.game_audio.bank.manifest import MANIFEST as BANK
from wavegan_src.generation.game_audio.loops.files import MANIFEST

PLACES = 1000
WINDOW, STEP = 1024, 512
TRACKED_S = 4.0
_MULTIPLES = (0.25, 0.5, 1.0, 2.0, 4.0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cylinders", type=int, default=4, help="of the engines that the model was trained on")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
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
