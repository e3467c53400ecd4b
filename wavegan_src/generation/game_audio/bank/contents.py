"""What a bank is, as plain data: the engine, its loops and ramps, and what could not be made."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from wavegan_src.dsp.arrays import F32
from wavegan_src.generation.driving.curve import DriveCurve


class Role(StrEnum):
    """What a loop is for."""

    LOOP = "loop"  # one of the loops over speed
    IDLE = "idle"
    LIMITER = "limiter"  # its speed bounces


@dataclass(frozen=True)
class EngineFacts:
    """Where a bank comes from.

    seed: which of the model's engines. place: "ext" or "int", where the recordings were made. rpm_per_hertz:
    revolutions per minute at one working cycle per second. recorded_rpm: slowest and fastest of the recordings.
    checkpoint_sha256: of the model's file. data_licence: of the recordings; empty if nobody said.
    """

    name: str
    seed: int
    place: str
    rpm_per_hertz: float
    recorded_rpm: tuple[float, float]
    checkpoint_sha256: str | None
    data_licence: str


@dataclass(frozen=True)
class BankLoop:
    """A loop and how to play it.

    samples: `(samples,)`. rpm: exactly as rendered, the mean where it bounces; the pitch reference. load: 0 or 1.
    cycles: working cycles in it. gain_db: done to the file. level_db: of the engine itself, RMS re full scale.
    volume: to play it with, 0 to 1, so that all loops have the engine's own levels. audible: rpm between which it is
    heard, when neighbours are faded into each other over the whole way between their speeds.
    """

    file: str
    role: Role
    samples: F32
    rpm: float
    load: float
    cycles: int
    gain_db: float
    level_db: float
    volume: float
    audible: tuple[float, float]
    extrapolated: bool


@dataclass(frozen=True)
class Ramp:
    """A run through all speeds: name without suffix, sound `(samples,)`, curve, and what was done to its level."""

    name: str
    samples: F32
    curve: DriveCurve
    gain_db: float
    extrapolated: bool


@dataclass(frozen=True)
class Bank:
    """All of a bank. left_out: what there is not, and why."""

    facts: EngineFacts
    sample_rate: int
    bits: int
    loops: Sequence[BankLoop]
    ramps: Sequence[Ramp]
    left_out: dict[str, str]

    def over_speed(self, load: float) -> list[BankLoop]:
        """The loops of a load from the slowest to the fastest, without idle and limiter."""
        return sorted((each for each in self.loops if each.role is Role.LOOP and each.load == load), key=_rpm)

    def only(self, role: Role) -> BankLoop | None:
        """The idle loop or the limiter; None if there is none."""
        return next((each for each in self.loops if each.role is role), None)


def _rpm(loop: BankLoop) -> float:
    return loop.rpm
