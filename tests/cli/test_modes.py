"""Options that do nothing in the mode that was asked for are refused, all of them, from one table."""

import pytest
from typer.main import get_command

from wavegan_src.cli.app import app
from wavegan_src.cli.modes import MODES, Mode, check_mode
from wavegan_src.utils.errors import UserError


def test_the_table_has_every_option_and_no_other() -> None:
    assert {parameter.name for parameter in get_command(app).params} - {"help"} == set(MODES)


@pytest.mark.parametrize("parameter", sorted(MODES))
@pytest.mark.parametrize("mode", ["training", "--dry-run", "generating"])
def test_an_option_is_either_used_or_refused_with_its_name(mode: Mode, parameter: str) -> None:
    if mode in MODES[parameter]:
        check_mode(mode, [parameter])
        return
    with pytest.raises(UserError) as refusal:
        check_mode(mode, [parameter])
    message = str(refusal.value)
    assert message.startswith(f"--{parameter.replace('_', '-')} ")
    assert "leave it out" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("mode", "given", "message"),
    [
        ("generating", ["epochs", "seed", "tensorboard"], "--epochs and --tensorboard belong to training"),
        ("generating", ["init"], "name it with --checkpoint"),
        ("training", ["truncation"], "--truncation works only when generating: add --generate-only N"),
        ("training", ["checkpoint"], "--init starts a new run from a model"),
        ("--dry-run", ["dry_run", "profile", "seconds"], "--seconds works only when generating"),
        ("--dry-run", ["dry_run", "profile"], "--profile belongs to training, not to --dry-run"),
    ],
)
def test_the_refusal_shows_the_way(mode: Mode, given: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_mode(mode, given)
