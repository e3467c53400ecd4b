import pytest

from tests.support.cli import RunCli


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--learning-rate", "0,0002"], "--learning-rate 0,0002: give a number with a point, 0.0002."),
        (["--learning-rate", "fast"], "--learning-rate fast: give a number."),
        (["--epochs", "1.5"], "--epochs 1.5: give a whole number."),
        (["evaluate", "--count", "1"], "--count 1: give at least 2."),
        (["synth", "x", "--seconds", "0"], "--seconds 0: give at least 0.1."),
        (["--epochs"], "Option '--epochs' requires an argument. See --help."),
        (["--frobnicate"], "No such option: --frobnicate. See --help."),
    ],
)
def test_a_wrong_value_is_named_with_what_to_give(cli: RunCli, arguments: list[str], message: str) -> None:
    done = cli(*arguments)
    assert (done.returncode, done.stderr.strip()) == (2, message)
