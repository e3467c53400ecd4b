"""Making all sounds of a bank, with levels that belong together."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.bank.contents import Bank, BankLoop, EngineFacts, Role
from wavegan_src.generation.game_audio.bank.limiter import make_limiter
from wavegan_src.generation.game_audio.bank.plan import HIGHEST_IDLE, NO_START, OFF, ON, BankPlan
from wavegan_src.generation.game_audio.bank.ramps import KINDS, make_ramps
from wavegan_src.generation.game_audio.loops.plan import plan_loop
from wavegan_src.generation.game_audio.loops.render import LOUDNESS_DB, Loop, make_loop

IDLE_S = (4.0, 6.0)  # an idle is heard for long, alone
LOWEST_PITCH, HIGHEST_PITCH = 0.5, 2.0  # of the slowest and the fastest loop, beyond which they are not heard


def count_parts(plan: BankPlan) -> int:
    """How often `on_part` is called."""
    return 2 * len(plan.rpm) + (plan.idle is not None) + 3


def make_bank(
    driver: Driver, plan: BankPlan, *, bits: int, levels_in_files: bool, on_part: Callable[[int], object]
) -> Bank:
    """Make the bank of a seed's engine.

    Args:
        driver: of the model.
        plan: which bank.
        bits: of the files.
        levels_in_files: whether loops are as loud as the engine is, for games that play all at one volume.
        on_part: called with 1 after each part.

    Raises:
        UserError: the model cannot be driven, or the seed is out of range.
    """
    made = []
    for loop in _loops(driver, plan):
        made.append(loop)
        on_part(1)
    loops = with_volumes(with_neighbours(made), levels_in_files)
    ramps, left_out = [], {"start": NO_START}
    if plan.rpm[0] < plan.rpm[-1]:
        ramps = make_ramps(driver, plan)
    else:
        left_out["ramps"] = "there is only one speed: give more with --rpm"
    on_part(2)
    if plan.idle is None:
        left_out["idle"] = f"no recording is slower than {HIGHEST_IDLE:g} rpm"
    low, high = driver.rpm_range
    facts = EngineFacts(
        plan.name, plan.seed, plan.place, driver.rpm_per_hertz, (low, high), driver.model.sha256, plan.licence
    )
    return Bank(facts, plan.sample_rate, bits, loops, ramps, left_out)


def with_volumes(loops: list[BankLoop], levels_in_files: bool) -> list[BankLoop]:
    """The loops with the volumes that give each the engine's own level, or with these levels in their samples."""
    loudest = max(loop.level_db for loop in loops)
    volumes = [10 ** ((loop.level_db - loudest) / 20) for loop in loops]
    pairs = zip(loops, volumes, strict=True)
    return [(_with_level if levels_in_files else _with_volume)(loop, volume) for loop, volume in pairs]


def with_neighbours(loops: list[BankLoop]) -> list[BankLoop]:
    """The loops with the speeds between which each is heard, by those of its load next to it."""
    of_load = {load: audible([loop.rpm for loop in loops if _is_of(loop, load)]) for load in (ON, OFF)}
    return [replace(loop, audible=of_load[loop.load][loop.rpm]) if loop.role is Role.LOOP else loop for loop in loops]


def audible(speeds: list[float]) -> dict[float, tuple[float, float]]:
    """Between which speeds each of some ascending speeds is heard: from neighbour to neighbour."""
    edges = [LOWEST_PITCH * speeds[0], *speeds, HIGHEST_PITCH * speeds[-1]]
    return {rpm: (before, after) for (before, rpm), (_, after) in pairwise(pairwise(edges))}


def _loops(driver: Driver, plan: BankPlan) -> Iterable[BankLoop]:
    frame_s = driver.generator.hop / driver.generator.sample_rate
    for load in (ON, OFF):
        for rpm in plan.rpm:
            loop = make_loop(driver, plan_loop(rpm, load, frame_s, driver.rpm_per_hertz), plan.seed, plan.sample_rate)
            yield _entry(driver, loop, plan.loop_name(KINDS[load], rpm), Role.LOOP, (rpm, rpm))
    if plan.idle is not None:
        wanted = plan_loop(plan.idle, OFF, frame_s, driver.rpm_per_hertz, IDLE_S)
        loop = make_loop(driver, wanted, plan.seed, plan.sample_rate)
        yield _entry(driver, loop, plan.loop_name("idle", plan.idle), Role.IDLE, (0.5 * plan.idle, 1.2 * plan.idle))
    top = plan.rpm[-1]
    loop = make_limiter(driver, top, plan.seed, plan.sample_rate)
    yield _entry(driver, loop, plan.loop_name("limiter", top), Role.LIMITER, (0.98 * top, HIGHEST_PITCH * top))


def _entry(driver: Driver, loop: Loop, file: str, role: Role, heard: tuple[float, float]) -> BankLoop:
    low, high = driver.rpm_range
    return BankLoop(
        file=file,
        role=role,
        samples=loop.samples,
        rpm=loop.rpm,
        load=loop.plan.load,
        cycles=loop.plan.cycles,
        gain_db=loop.gain_db,
        level_db=LOUDNESS_DB - loop.gain_db,
        volume=1.0,
        audible=heard,
        extrapolated=not 0.97 * low <= loop.rpm <= 1.03 * high,
    )


def _is_of(loop: BankLoop, load: float) -> bool:
    return loop.role is Role.LOOP and loop.load == load


def _with_volume(loop: BankLoop, volume: float) -> BankLoop:
    return replace(loop, volume=volume)


def _with_level(loop: BankLoop, volume: float) -> BankLoop:
    gain_db = loop.gain_db + 20 * float(np.log10(volume))
    return replace(loop, samples=np.float32(volume) * loop.samples, gain_db=gain_db, volume=1.0)
