"""`bank.json`: what each file of a bank is, and where the bank comes from."""

from typing import Any

from wavegan_src.generation.game_audio.bank.contents import Bank, BankLoop, Ramp
from wavegan_src.generation.game_audio.folder import FILE, FILES, SOUNDS

MANIFEST = "bank.json"
FORMAT, VERSION = "wavegan bank", 1


def manifest_of(bank: Bank, target: str, sounds: str, tables: str, files: list[str]) -> dict[str, Any]:
    """The manifest of a bank.

    Args:
        bank: all of it.
        target: for which game engine.
        sounds: folder of the sounds, "" for the bank's own.
        tables: suffix of the ramps' tables.
        files: every file in the folder but the manifest.
    """
    facts = bank.facts
    return {
        "format": FORMAT,
        "version": VERSION,
        "target": target,
        "name": facts.name,
        "seed": facts.seed,
        "place": facts.place,
        "checkpoint_sha256": facts.checkpoint_sha256,
        "data_licence": facts.data_licence,
        "rpm_per_cycle_hz": facts.rpm_per_hertz,
        "rpm_range_of_recordings": [round(rpm) for rpm in facts.recorded_rpm],
        "sample_rate": bank.sample_rate,
        "bits": bank.bits,
        SOUNDS: [_loop(loop, sounds) for loop in bank.loops],
        "ramps": [_ramp(ramp, sounds, tables) for ramp in bank.ramps],
        "left_out": bank.left_out,
        FILES: files,
    }


def _loop(loop: BankLoop, sounds: str) -> dict[str, Any]:
    return {
        FILE: sounds + loop.file,
        "role": loop.role.value,
        "rpm": round(loop.rpm, 3),
        "load": loop.load,
        "pitch_reference": round(loop.rpm, 3),
        "audible_from_rpm": round(loop.audible[0], 3),
        "audible_to_rpm": round(loop.audible[1], 3),
        "seam": "circle",
        "cycles": loop.cycles,
        "samples": len(loop.samples),
        "loop_start": 0,
        "loop_end": len(loop.samples) - 1,
        "gain_db": round(loop.gain_db, 2),
        "level_db": round(loop.level_db, 2),
        "volume": round(loop.volume, 4),
        "extrapolated": loop.extrapolated,
    }


def _ramp(ramp: Ramp, sounds: str, tables: str) -> dict[str, Any]:
    return {
        FILE: f"{sounds}{ramp.name}.wav",
        "table": sounds + ramp.name + tables,
        "from_rpm": float(ramp.curve.rpm[0]),
        "to_rpm": float(ramp.curve.rpm[-1]),
        "load": None if ramp.curve.load is None else float(ramp.curve.load[0]),
        "seconds": ramp.curve.seconds,
        "samples": len(ramp.samples),
        "gain_db": round(ramp.gain_db, 2),
        "extrapolated": ramp.extrapolated,
    }
