"""README.md of a bank: how to import it in five lines, what each file is, and what one should know."""

from wavegan_src.generation.game_audio.bank.contents import Bank, Role
from wavegan_src.generation.game_audio.bank.manifest import MANIFEST
from wavegan_src.generation.game_audio.bank.targets.target import Target, render

README = "README.md"


def readme(bank: Bank, target: Target) -> str:
    """The text for a target."""
    facts = bank.facts
    loops = bank.over_speed(1.0)
    values = {
        "bank": bank,
        "facts": facts,
        "name": facts.name,
        "sounds": target.sounds(facts.name),
        "slowest": round(loops[0].rpm),
        "fastest": round(loops[-1].rpm),
        "recorded": [round(rpm) for rpm in facts.recorded_rpm],
        "extrapolated": sum(loop.extrapolated for loop in bank.loops),
        "idle": bank.only(Role.IDLE),
        "limiter": bank.only(Role.LIMITER),
    }
    steps = render(f"{target.name}.md", **values)
    return render("README.md", steps=steps.strip(), title=target.title, target=target, manifest=MANIFEST, **values)
