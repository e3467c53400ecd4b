"""`export loops` of a model without speeds: one loop by crossfade, said to be one."""

import json
from pathlib import Path

import pytest
import soundfile as sf

from tests.support.cli import RunCli

pytestmark = pytest.mark.usefixtures("undriven")


def test_a_model_without_speeds_gives_a_loop_by_crossfade(cli: RunCli, tmp_path: Path) -> None:
    done = cli("export", "loops", "--checkpoint", "run", "--seed", "3", "--out", "out")
    assert done.returncode == 0, done.stderr
    assert "one loop of " in done.stdout
    assert "by crossfade: over 150 ms its end is faded into its beginning" in done.stdout.replace("\n", " ")
    (entry,) = json.loads((tmp_path / "out" / "loops.json").read_text())["loops"]
    assert (entry["seam"], entry["rpm"], entry["load"]) == ("crossfade", None, None)
    assert entry["file"] == "engine_seed00003.wav"
    sound, rate = sf.read(tmp_path / "out" / entry["file"])
    assert (rate, len(sound)) == (48000, entry["samples"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rpm", "3000"], "trained without engine speeds, so --rpm and --load have no effect"),
        (["--rpm", "1000:1002:0.3"], "--rpm 1000:1002:0.3: two speeds are less than 1 rpm apart; give larger steps."),
        (["--rpm", ",".join(str(800 + number) for number in range(10_000))], "letters): that is more than 1000 speeds"),
        (["--seed", "-1"], "The seed -1 is out of range"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_sentence(
    cli: RunCli, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = cli("export", "loops", "--checkpoint", "run", *arguments)
    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")
    assert len(done.stderr) < 400
    assert list(tmp_path.iterdir()) == []
