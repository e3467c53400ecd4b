"""The page of an evaluation, read back as a browser would."""

import base64
import io
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile
from matplotlib.image import imread
from rich.console import Console

from tests.support.scores import RATE, absent, all_scores, anchored, bounded, evaluation, view
from wavegan_src.cli.judging.evaluation_table import print_evaluation
from wavegan_src.data.audio_files import wav_bytes
from wavegan_src.evaluation.measures.measurement import Measurement
from wavegan_src.evaluation.result import Bounded, Evaluation, Score, Telling
from wavegan_src.metrics import EVALUATED
from wavegan_src.report.evaluation_page import write_page

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)> {{ 7 * 7 }}'
VOID = {"meta", "img", "br", "wbr"}


class Page(HTMLParser):
    """Tags, attributes and visible text of a page; fails where tags are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def attributes(self, tag: str, name: str) -> list[str]:
        return [attributes.get(name, "") for found, attributes in self.tags if found == tag]


def written(tmp_path: Path, found: Evaluation) -> Page:
    write_page(tmp_path / "evaluation.html", found)
    return Page((tmp_path / "evaluation.html").read_text(encoding="utf-8"))


def test_the_page_is_self_contained_and_without_scripts(tmp_path: Path) -> None:
    page = written(tmp_path, evaluation(all_scores(), best=[view("a", "b")], worst=[view("c", "d")]))
    addresses = [(name, value) for _, found in page.tags for name, value in found.items() if name in ("src", "href")]
    assert addresses
    assert all(value.startswith(("data:", "#")) for _, value in addresses)
    targets = {found["id"] for _, found in page.tags if "id" in found}
    assert {value.removeprefix("#") for name, value in addresses if name == "href" and value.startswith("#")} <= targets
    assert "script" not in {tag for tag, _ in page.tags}
    text = (tmp_path / "evaluation.html").read_text(encoding="utf-8")
    assert "url(" not in text
    assert "@import" not in text
    assert "://" not in text


def test_every_measure_has_its_line_and_its_drawing(tmp_path: Path) -> None:
    page = written(tmp_path, evaluation(all_scores()))
    for key, measure in EVALUATED.items():
        if measure.part_of:
            assert ("tr", {"id": key}) in page.tags
        else:
            assert ("article", {"class": "card", "id": key}) in page.tags
            assert page.text.count(measure.title) >= 2
    drawn = [label for label in page.attributes("svg", "aria-label") if "on one axis" in label]
    assert len(drawn) == len([key for key, measure in EVALUATED.items() if not measure.part_of])
    assert all("shaped noise: " in label for label in drawn)
    assert "51 %" in page.text  # (32 - 64) / (1 - 64)
    assert "(31.5 to 32.5)" in page.text


def test_facts_and_notices_are_told(tmp_path: Path) -> None:
    page = written(tmp_path, evaluation(all_scores(), notices=["the same folder twice", "few clips"]))
    for fact in (
        "best_model.tar (epoch 4)",
        "10 clips of validation",
        "40 clips of training",
        "8000 Hz",
        "42",
        "12.3 s",
    ):
        assert fact in page.text
    assert "up to 10 generated, against up to 10 real ones" in page.text
    assert page.text.index("the same folder twice") < page.text.index("few clips") < page.text.index("Reference clips")


def test_what_was_not_measured_says_why(tmp_path: Path) -> None:
    scores = {
        "pesq": Score(absent("pesq", "there is no C compiler")),
        "mcd": Score(absent("mcd", "all are silent"), anchored("mcd", 1.0, (1.0, 2.0, 3.0, 4.0, 5.0)).anchors),
        "kad": Score(bounded("kad", 1.0), {"real": absent("kad", "too few real clips")}),
    }
    page = written(tmp_path, evaluation(scores))
    assert page.text.count("there is no C compiler") == 2  # in the table and beside the measure
    assert page.text.count("all are silent") >= 2
    assert "too few real clips" in page.text
    assert len([label for label in page.attributes("svg", "aria-label") if "on one axis" in label]) == 2
    assert "None" not in page.text


def test_failures_are_counted_by_reason(tmp_path: Path) -> None:
    page = written(tmp_path, evaluation({"mcd": Score(bounded("mcd", 7.0, 0.5, {"silent": 3, "<too short>": 1}, n=6))}))
    assert "6, 4 failed" in page.text
    assert "4 could not be measured and are left out: silent (3), <too short> (1)" in page.text


def test_doubts_about_the_speed_are_told_on_the_page_and_in_the_terminal(tmp_path: Path) -> None:
    doubtful = {
        name: Score(Bounded(Measurement(name, 1.0, 40, 40, doubts={"generated": 2, "real": 9})))
        for name in ("firing_rate", "order_spectrum")
    }
    found = evaluation({**doubtful, "kad": Score(bounded("kad", 1.0))})
    told = "order tracking is not confident of the speed in 2 generated and 9 real clips"
    assert written(tmp_path, found).text.count(told.capitalize() + ".") == 2
    printed = io.StringIO()
    print_evaluation(Console(file=printed, width=200), found)
    assert f"Firing rate, Order spectrum: {told}." in printed.getvalue()


def test_a_measure_that_does_not_discriminate_shows_no_position(tmp_path: Path) -> None:
    page = written(tmp_path, evaluation({"stoi": anchored("stoi", 0.02, (0.03, 0.1, 0.02, 0.01, 0.01), 0.02)}))
    assert "Does not discriminate here" in page.text
    assert not [label for label in page.attributes("svg", "aria-label") if label.startswith("position")]


def test_hostile_names_are_only_text(tmp_path: Path) -> None:
    found = evaluation(
        {"pesq": Score(absent("pesq", HOSTILE)), "mcd": Score(bounded("mcd", 1.0, failures={HOSTILE: 1}))},
        title=HOSTILE,
        training=HOSTILE,
        notices=[HOSTILE],
        best=[view(HOSTILE, HOSTILE)],
    )
    page = written(tmp_path, replace(found, generated=HOSTILE, reference=HOSTILE))
    assert "script" not in {tag for tag, _ in page.tags}
    assert not [found for _, found in page.tags if "onerror" in found]
    assert page.text.count(HOSTILE) >= 8
    assert all(value.startswith("data:image/png") for value in page.attributes("img", "src"))


def test_names_that_are_not_unicode_do_not_stop_the_page(tmp_path: Path) -> None:
    page = written(
        tmp_path, evaluation(all_scores(), worst=[view("motor\udcff.wav", "m\N{LATIN SMALL LETTER L WITH STROKE}ot")])
    )
    assert "motor?.wav" in page.text
    assert "młot" in page.text


@pytest.mark.draws
def test_players_hold_the_clips_and_pictures_are_pictures(tmp_path: Path) -> None:
    worst, best = view("w", "wn", 300.0), view("b", "bn", 100.0)
    page = written(tmp_path, evaluation(all_scores(), best=[best], worst=[worst]))
    clips = [worst.samples, worst.neighbour_samples, best.samples, best.neighbour_samples]
    for address, clip in zip(page.attributes("audio", "src"), clips, strict=True):
        data = base64.b64decode(address.removeprefix("data:audio/wav;base64,"))
        heard, rate = soundfile.read(io.BytesIO(data), dtype="float32")
        assert rate == RATE
        assert data == wav_bytes(clip, RATE)
        np.testing.assert_allclose(heard, clip, atol=1 / 32768)
    for address in page.attributes("img", "src"):
        picture = imread(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,"))))
        assert picture.shape[0] > 200
        assert picture[..., :3].std() > 0.05
    assert all(page.attributes("img", "alt"))
    assert all(page.attributes("audio", "aria-label"))
    assert page.text.count("Distance between the two: 3.25") == 2


@pytest.mark.parametrize("measure", list(EVALUATED))
def test_one_measure_without_anchors_training_or_clips_is_enough(tmp_path: Path, measure: str) -> None:
    page = written(tmp_path, evaluation({measure: Score(bounded(measure, 0.7))}, training=None))
    assert "none given" in page.text
    assert "No clips were kept" in page.text
    assert EVALUATED[measure].title in page.text


def test_without_a_training_set_neighbours_are_of_the_reference(tmp_path: Path) -> None:
    page = written(tmp_path, evaluation(all_scores(), training=None, best=[view("a", "b")]))
    assert "Nearest reference clip" in page.text
    assert "Nearest training clip" not in page.text


def test_a_page_without_measures_says_so(tmp_path: Path) -> None:
    assert "No measure was asked for" in written(tmp_path, evaluation({})).text


def test_families_that_tell_are_drawn_beside_the_clips_that_gave_it_away(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    profile, networks, hertz = rng.normal(0, 1, (3, 12)), np.empty((3, 0)), np.geomspace(30, 10_000, 12)
    tellings = [
        Telling(
            "two_sample_drift", rng.normal(1, 1, 9), rng.normal(-1, 1, 7), profile, profile + 1, hertz, [view("a", "b")]
        ),
        Telling("two_sample_mel_network", np.ones(5), np.ones(5), networks, networks, np.empty(0), [view("c", "d")]),
    ]
    scores = {
        "two_sample_drift": Score(bounded("two_sample_drift", 0.9, 0.05), {"real": bounded("two_sample", 0.5, 0.1)}),
        "two_sample_mel_network": Score(bounded("two_sample_mel_network", 0.95, 0.02)),
        "two_sample_waveform": Score(bounded("two_sample_waveform", 0.52, 0.1)),
    }
    page = written(tmp_path, replace(evaluation(scores), tellings=tellings))
    labels = page.attributes("svg", "aria-label")
    assert len([label for label in labels if "histograms" in label]) == 2
    assert len([label for label in labels if "medians" in label]) == 1
    assert "1000" in page.text
    assert "Hz" in page.text
    assert page.text.index("0.95") < page.text.index("0.9 ") < page.text.index("0.52")  # the surest first
    assert page.text.count("not told apart") == 1
    assert len(page.attributes("audio", "src")) == 4
