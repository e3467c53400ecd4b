"""A folder of loops with `loops.json`, which says what each of them is."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from wavegan_src.dsp.arrays import F32
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.folder import whole_folder
from wavegan_src.generation.game_audio.loops.crossfade import Crossfade, crossfade_loop
from wavegan_src.generation.game_audio.loops.plan import LoopPlan
from wavegan_src.generation.game_audio.loops.render import LOUDNESS_DB, Loop, make_loop
from wavegan_src.generation.game_audio.wav import BITS, loop_wav
from wavegan_src.generation.model import TrainedModel
from wavegan_src.utils.files import write_bytes_atomically, write_text_atomically

MANIFEST = "loops.json"


def write_loops(
    driver: Driver,
    plans: Iterable[LoopPlan],
    seed: int,
    sample_rate: int,
    folder: Path,
    on_loop: Callable[[int], object],
) -> int:
    """Write the loops of a seed's engine and their manifest; the number of files.

    The folder is whole or as it was. The same seed gives the same bytes.

    Raises:
        UserError: the folder holds something else or cannot be written, or the model cannot be driven.
    """
    entries: list[dict[str, Any]] = []
    with whole_folder(folder, MANIFEST, "the loops") as stage:
        for plan in plans:
            loop = make_loop(driver, plan, seed, sample_rate)
            name = loop_name(plan, seed)
            pitch = loop.rpm / driver.rpm_per_hertz
            label = f"{loop.rpm:.1f} rpm, load {plan.load:g}"
            write_bytes_atomically(stage / name, loop_wav(loop.samples, sample_rate, label, pitch))
            entries.append(_entry(name, loop, driver))
            on_loop(1)
        write_text_atomically(stage / MANIFEST, as_json(_manifest(driver, seed, sample_rate, entries)))
    return len(entries)


def write_crossfade(model: TrainedModel, clip: F32, seed: int, sample_rate: int, folder: Path) -> Crossfade:
    """Write the one loop that a seed's clip gives by crossfade, and its manifest, for a model without speeds.

    Args:
        model: that made the clip.
        clip: `(samples,)` at the model's rate.
        seed: of the clip.
        sample_rate: of the file in Hz.
        folder: for both.

    Raises:
        UserError: the clip is too short, or the folder holds something else or cannot be written.
    """
    with whole_folder(folder, MANIFEST, "the loop") as stage:
        loop = crossfade_loop(clip, model.config.audio.sample_rate, sample_rate)
        name = f"engine_seed{seed:05d}.wav"
        label = f"seed {seed}, crossfade"
        write_bytes_atomically(stage / name, loop_wav(loop.samples, sample_rate, label, None))
        text = as_json(_crossfade_manifest(model, seed, sample_rate, name, loop))
        write_text_atomically(stage / MANIFEST, text)
    return loop


def as_json(manifest: dict[str, Any]) -> str:
    """A manifest as text."""
    return json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"


def loop_name(plan: LoopPlan, seed: int) -> str:
    """Its file name: seed, load in percent, rpm."""
    return f"engine_seed{seed:05d}_load{100 * plan.load:03.0f}_{plan.rpm:05.0f}rpm.wav"


def _entry(name: str, loop: Loop, driver: Driver) -> dict[str, Any]:
    low, high = driver.rpm_range
    return {
        "file": name,
        "rpm": round(loop.rpm, 3),
        "load": loop.plan.load,
        "seam": "circle",
        "cycles": loop.plan.cycles,
        "samples": len(loop.samples),
        "loop_start": 0,
        "loop_end": len(loop.samples) - 1,
        "gain_db": round(loop.gain_db, 2),
        "level_db": round(LOUDNESS_DB - loop.gain_db, 2),
        "extrapolated": not 0.97 * low <= loop.rpm <= 1.03 * high,
    }


def _manifest(driver: Driver, seed: int, sample_rate: int, entries: list[dict[str, Any]]) -> dict[str, Any]:
    low, high = driver.rpm_range
    return {
        "seed": seed,
        "sample_rate": sample_rate,
        "bits": BITS,
        "rpm_per_cycle_hz": driver.rpm_per_hertz,
        "rpm_range_of_recordings": [round(low), round(high)],
        "checkpoint_sha256": driver.model.sha256,
        "loops": entries,
    }


def _crossfade_manifest(model: TrainedModel, seed: int, sample_rate: int, name: str, loop: Crossfade) -> dict[str, Any]:
    entry = {
        "file": name,
        "rpm": None,
        "load": None,
        "seam": "crossfade",
        "crossfade_ms": round(1000 * loop.fade_s, 1),
        "crossfade_correlation": round(loop.correlation, 3),
        "samples": len(loop.samples),
        "loop_start": 0,
        "loop_end": len(loop.samples) - 1,
        "gain_db": round(loop.gain_db, 2),
    }
    return {
        "seed": seed,
        "sample_rate": sample_rate,
        "bits": BITS,
        "checkpoint_sha256": model.sha256,
        "loops": [entry],
    }
