"""A folder of loops with `loops.json`, which says what each of them is."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.loops.plan import LoopPlan
from wavegan_src.generation.game_audio.loops.render import LOUDNESS_DB, Loop, make_loop
from wavegan_src.generation.game_audio.wav import BITS, loop_wav
from wavegan_src.run.marker import Kind, mark_folder
from wavegan_src.utils.errors import UserError, os_errors_as_user_errors
from wavegan_src.utils.files import make_folder, write_bytes_atomically, write_text_atomically

MANIFEST = "loops.json"
_CURE = "choose another folder with --out"


def write_loops(
    driver: Driver,
    plans: Iterable[LoopPlan],
    seed: int,
    sample_rate: int,
    folder: Path,
    on_loop: Callable[[int], object],
) -> int:
    """Write the loops of a seed's engine and their manifest; the number of files.

    The manifest comes last, so that a folder with one is complete. The same seed gives the same bytes.

    Raises:
        UserError: the folder holds something else or cannot be written, or the model cannot be driven.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise UserError(f"{folder} is not empty and holds no {MANIFEST}: {_CURE}, so that nothing is mixed up.")
    make_folder(folder, what="the folder", cure=_CURE)
    entries: list[dict[str, Any]] = []
    with os_errors_as_user_errors(folder, what="the loops", cure=_CURE):
        mark_folder(folder, Kind.DRIVEN)
        (folder / MANIFEST).unlink(missing_ok=True)
        for plan in plans:
            loop = make_loop(driver, plan, seed, sample_rate)
            name = loop_name(plan, seed)
            pitch = loop.rpm / driver.rpm_per_hertz
            label = f"{loop.rpm:.1f} rpm, load {plan.load:g}"
            write_bytes_atomically(folder / name, loop_wav(loop.samples, sample_rate, label, pitch))
            entries.append(_entry(name, loop, driver))
            on_loop(1)
        text = json.dumps(_manifest(driver, seed, sample_rate, entries), indent=1) + "\n"
        write_text_atomically(folder / MANIFEST, text)
    return len(entries)


def loop_name(plan: LoopPlan, seed: int) -> str:
    """Its file name: seed, load in percent, rpm."""
    return f"engine_seed{seed:05d}_load{100 * plan.load:03.0f}_{plan.rpm:05.0f}rpm.wav"


def _entry(name: str, loop: Loop, driver: Driver) -> dict[str, Any]:
    low, high = driver.rpm_range
    return {
        "file": name,
        "rpm": round(loop.rpm, 3),
        "load": loop.plan.load,
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
