import pytest

from wavegan_src.cli.exporting.bank_options import TARGET_NAMES
from wavegan_src.generation.game_audio.bank.targets.table import TARGETS, target_named
from wavegan_src.utils.errors import UserError


def test_the_help_names_every_target() -> None:
    assert tuple(target.name for target in TARGETS) == TARGET_NAMES


def test_a_target_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UserError, match="There is no target quake: give one of wwise, fmod, unreal, unity, godot"):
        target_named("quake")
