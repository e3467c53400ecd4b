"""What is said about a set of recordings."""

from dataclasses import replace
from pathlib import Path

import pytest
import soxr

from tests.support.audio import noise, opened, write
from wavegan_src.data.decoding.channels import ChannelReason
from wavegan_src.data.decoding.facts import SourceFacts
from wavegan_src.data.decoding.findings import findings, notices, too_faint

GOOD = SourceFacts(44100, 2, "1+2", ChannelReason.ALL, -6.0, 0.0, 0.0001, 11000.0)


def said(**facts: SourceFacts) -> dict[str, str]:
    return {finding.topic: finding.text for finding in findings(facts, 22050, 15.0)}


def test_a_good_set_needs_no_notice() -> None:
    assert notices(findings({"a": GOOD, "b": replace(GOOD, channels=1, used="1")}, 22050, 15.0)) == []
    assert said(a=GOOD)["Channels"] == "1 file mixed to one"
    assert notices(findings({}, 22050, 15.0)) == []


@pytest.mark.parametrize(
    ("change", "topic", "words"),
    [
        ({"peak_db": 12.0, "gain_db": -12.4}, "Level", "1 file beyond full scale, up to +12.0 dBFS (bad)"),
        ({"peak_db": -52.0, "gain_db": 51.6}, "Level", "1 file very faint, down to a peak of -52.0 dBFS (bad)"),
        ({"offset": -0.2}, "Offset", "1 file with a constant offset, up to -0.200 of full scale (bad): removed"),
        ({"used": "2", "why_channels": "cancel"}, "Channels", "1 file with channels that cancel"),
        ({"bandwidth_hz": 4000.0}, "Bandwidth", "1 of 2 files hold nothing above 4.0 kHz"),
        ({"remark": "its header was never finished"}, "Files", "bad: its header was never finished"),
    ],
)
def test_one_bad_file_is_named(change: dict[str, object], topic: str, words: str) -> None:
    bad = replace(GOOD, **change)  # type: ignore[arg-type]
    assert words in said(good=GOOD, bad=bad)[topic]


def test_many_bad_files_are_counted() -> None:
    bad = {f"{number}.wav": replace(GOOD, remark="odd") for number in range(9)}
    assert said(**bad)["Files"] == "0.wav: odd; 1.wav: odd; 2.wav: odd; and 6 more"


def test_a_set_whose_upper_half_is_missing_is_told(tmp_path: Path) -> None:
    for number in range(2):
        narrow = soxr.resample(noise(6, number, 1000), 1000, 8000)
        write(tmp_path / "raw" / f"{number}.wav", narrow, 8000)
    audio = {"audio__sample_rate": 8000, "audio__audio_length_samples": 4000}
    _, said = opened(tmp_path / "raw", **audio)
    assert any(line.startswith("Bandwidth: all files hold nothing above 0.5 kHz") for line in said)


def test_silent_files() -> None:
    facts = {"a": GOOD, "quiet": replace(GOOD, peak_db=-58.0), "zeros": replace(GOOD, peak_db=None)}
    text = too_faint(facts, ["a"], -60.0).text
    assert text.startswith("1 file throughout below -60 dBFS (dataset.silence_threshold_db); the loudest is quiet, ")
    assert text.endswith("with a peak of -58.0 dBFS, 1 more file without any sound")
    assert too_faint(facts, facts, -60.0).text == "none"
    assert too_faint({"zeros": facts["zeros"]}, [], -60.0).text == "1 file without any sound"


def test_facts_survive_the_cache_and_odd_values_do_not() -> None:
    assert SourceFacts.of(GOOD.values()) == GOOD
    for values in ({}, {**GOOD.values(), "offset": "x"}, {**GOOD.values(), "why_channels": "?"}, {"more": 1}):
        assert SourceFacts.of(values) is None
