import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.support.sounds import Clips, engines, white, with_noise
from wavegan_src.evaluation import anchor_scores
from wavegan_src.evaluation.inputs.sets import ClipList, Sets
from wavegan_src.evaluation.measures import embeddings as other_networks
from wavegan_src.evaluation.measures import stoi_pesq_mcd
from wavegan_src.evaluation.protocol import choose_measures, evaluate
from wavegan_src.evaluation.result import ANCHORS, Evaluation
from wavegan_src.metrics import MEASURES, STANDARD
from wavegan_src.utils.errors import UserError

RATE, SECONDS = 22050, 0.6
CHEAP = ("kad", "firing_rate", "memorisation", "copied")


def listed(title: str, clips: Clips, recordings: Sequence[str] | None = None) -> ClipList:
    names = [f"{title} {number}" for number in range(len(clips))]
    return ClipList(title, clips, names, names if recordings is None else recordings)


def sets(generated: Clips, reference: Clips, training: Clips | None = None, rate: int = RATE) -> Sets:
    seen = None if training is None else listed("training", training)
    return Sets("a model", listed("generated", generated), listed("reference", reference), seen, rate)


def short_engines(count: int, seed: int) -> Clips:
    return engines(count, seed, seconds=SECONDS)


@pytest.fixture(scope="module")
def held_out() -> Clips:
    return short_engines(7, 1)


@pytest.fixture(scope="module")
def training() -> Clips:
    return short_engines(8, 2)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where tests of other things keep what takes long; its own tests have a store each."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def full(held_out: Clips, training: Clips, store: Path) -> Evaluation:
    return evaluate(sets(short_engines(6, 3), held_out, training), workers=1, store=store)


def values(found: Evaluation) -> dict[str, object]:
    return {name: value for name, value in found.to_json().items() if name != "seconds"}


def test_json_has_the_promised_shape(full: Evaluation) -> None:
    shape = json.loads(json.dumps(full.to_json(), allow_nan=False))
    assert list(shape["measures"]) == list(STANDARD)
    for name, measure in shape["measures"].items():
        assert {"value", "low", "high", "n", "failed", "anchors", "position", "discriminates"} <= set(measure)
        two_sample = MEASURES[name].source == "two-sample"
        assert set(measure["anchors"]) == ({"real"} if two_sample else set(ANCHORS))
        assert measure["n"] + measure["failed"] == 6 or MEASURES[name].source == "copies"
        assert (measure["value"] is None) == (measure["reason"] is not None), name
        if measure["value"] is not None:
            assert measure["low"] is None or measure["low"] <= measure["value"] <= measure["high"]
        assert not two_sample or "needs 20 clips on each side" in measure["reason"]
    absent = {name for name in shape["measures"] if shape["measures"][name]["value"] is None}
    absent -= {name for name in absent if MEASURES[name].source == "two-sample"}
    assert absent <= {"fad_infinity", "pesq"}


def test_best_and_worst_clips_stand_beside_their_nearest_training_clip(full: Evaluation, training: Clips) -> None:
    assert len(full.best) == len(full.worst) == 3
    assert len({view.name for view in [*full.best, *full.worst]}) == 6
    for view in [*full.best, *full.worst]:
        assert view.neighbour.startswith("training ")
        np.testing.assert_array_equal(view.neighbour_samples, training[int(view.neighbour.split()[1])])
        assert view.distance > 0


def test_noise_among_engines_is_the_worst(held_out: Clips, training: Clips) -> None:
    mixed = np.concatenate([short_engines(4, 4), white(1, 5, SECONDS)])
    found = evaluate(sets(mixed, held_out, training), measures=["kad"], workers=1)
    assert found.worst[0].name == "generated 4"


def test_kept_anchors_give_the_same_result_and_are_not_made_again(
    held_out: Clips, training: Clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = sets(short_engines(6, 3), held_out, training)
    fresh = evaluate(given, measures=CHEAP, workers=1)
    first = evaluate(given, measures=CHEAP, workers=1, store=tmp_path)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("anchors are made again")

    monkeypatch.setattr(anchor_scores, "make_anchors", never)
    again = evaluate(given, measures=CHEAP, workers=1, store=tmp_path)
    assert values(fresh) == values(first) == values(again)
    with pytest.raises(AssertionError, match="again"):
        evaluate(given, measures=CHEAP, workers=1, store=tmp_path, seed=1)


def test_damaged_entries_of_the_store_are_replaced(held_out: Clips, training: Clips, tmp_path: Path) -> None:
    given = sets(short_engines(4, 3), held_out, training)
    first = evaluate(given, measures=["kad"], workers=1, store=tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:20])
    assert values(evaluate(given, measures=["kad"], workers=1, store=tmp_path)) == values(first)


def test_the_seed_decides(held_out: Clips, training: Clips) -> None:
    given = sets(short_engines(6, 3), held_out, training)
    once, twice, other = (evaluate(given, measures=["kad"], count=5, workers=1, seed=seed) for seed in (3, 3, 4))
    assert values(once) == values(twice)
    assert once.scores["kad"].anchors["white_noise"] != other.scores["kad"].anchors["white_noise"]


@pytest.mark.parametrize("change", [lambda clips: clips, lambda clips: with_noise(clips, 30, 0)])
@pytest.mark.parametrize("told", [True, False])
def test_copies_are_flagged(held_out: Clips, training: Clips, change: Callable[[Clips], Clips], told: bool) -> None:
    real = held_out if told else np.concatenate([held_out, training])
    found = evaluate(
        sets(change(training), real, training if told else None), measures=["memorisation", "copied"], workers=1
    )
    assert found.scores["memorisation"].words.startswith("copies")
    assert found.scores["copied"].generated.measurement.value == 1.0
    assert found.scores["memorisation"].position is None
    new = evaluate(
        sets(short_engines(7, 9), real, training if told else None), measures=["memorisation", "copied"], workers=1
    )
    assert new.scores["memorisation"].words.startswith("no copies")


def test_the_same_clips_on_both_sides_are_told(held_out: Clips, training: Clips) -> None:
    found = evaluate(sets(held_out, held_out, training), measures=["kad"], workers=1)
    assert any("7 of 7 generated clips are, sample for sample, reference clips" in line for line in found.notices)
    assert found.scores["kad"].generated.measurement.value is not None


def test_without_training_clips_the_real_ones_are_split_by_recording(held_out: Clips) -> None:
    heard: list[str] = []
    found = evaluate(sets(short_engines(4, 3), held_out), measures=["kad"], workers=1, notify=heard.append)
    assert any("7 real recordings are split" in line for line in heard)
    assert heard == found.notices
    assert found.scores["kad"].generated.measurement.n_reference == 4


def test_one_recording_is_split_by_clip_and_told(held_out: Clips) -> None:
    one = Sets("m", listed("g", short_engines(4, 3)), listed("r", held_out, ["one.wav"] * 7), None, RATE)
    found = evaluate(one, measures=["kad", "memorisation"], workers=1)
    assert any("come from one recording" in line for line in found.notices)
    assert "one recording" in (found.scores["memorisation"].generated.measurement.reason or "")


def test_clips_that_cannot_be_measured_are_counted_with_their_reason(held_out: Clips, training: Clips) -> None:
    spoilt = np.concatenate([short_engines(4, 3), np.zeros((2, held_out.shape[1]), np.float32)])
    spoilt[4, 5] = np.nan
    found = evaluate(sets(spoilt, held_out, training), measures=["kad", "mcd"], workers=1)
    for name in ("kad", "mcd"):
        taken = found.to_json()["measures"][name]
        assert (taken["n"], taken["failed"]) == (4, 2)
        assert taken["failures"] == {"not finite": 1, "silent": 1}
        assert np.isfinite(taken["value"])


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (np.zeros_like, "6 silent"),
        (lambda clips: clips * np.nan, "6 not finite"),
        (lambda clips: clips[:1], "1 of 1 clips"),
        (lambda clips: clips[:0], "no generated clips"),
        (lambda clips: clips[:, :1], "too short"),
    ],
)
def test_useless_clips_are_a_clear_word(
    held_out: Clips, training: Clips, spoil: Callable[[Clips], Clips], word: str
) -> None:
    with pytest.raises(UserError, match=word):
        evaluate(sets(spoil(short_engines(6, 3)), held_out, training), measures=["kad"], workers=1)


def test_one_clip_repeated_has_a_value_or_a_reason_everywhere(held_out: Clips, training: Clips, store: Path) -> None:
    same = np.repeat(held_out[:1], 6, axis=0)
    names = [name for name in STANDARD if MEASURES[name].source != "pairs"]
    for given in (sets(same, held_out, training), sets(held_out, same, training)):
        for score in evaluate(given, measures=names, workers=1, store=store).scores.values():
            taken = score.generated.measurement
            assert (taken.value is None) != (taken.reason is None)
            assert taken.value is None or np.isfinite(taken.value)


def test_real_clips_do_not_bound_the_generated_ones(held_out: Clips, training: Clips) -> None:
    many = short_engines(12, 3)
    found = evaluate(sets(many, held_out, training), measures=["kad", "coverage", "density"], count=12, workers=1)
    figures = found.to_json()["measures"]
    assert (figures["kad"]["n"], figures["kad"]["n_reference"]) == (12, 7)
    assert figures["density"]["n"] == 12
    assert figures["coverage"]["n"] == 8  # as many as the anchors, since it grows with their number
    assert any("7 reference clips beside 12 generated ones" in line for line in found.notices)
    assert any("8 real clips make the anchors" in line for line in found.notices)
    few = evaluate(sets(many[:5], held_out, training), measures=["kad"], count=12, workers=1)
    assert few.to_json()["measures"]["kad"]["n_reference"] == 5
    assert "5 generated clips instead of 12: there are no more." in few.notices


def test_too_few_real_clips_are_told(held_out: Clips) -> None:
    with pytest.raises(UserError, match="Too few real clips"):
        evaluate(sets(short_engines(4, 3), held_out[:2]), workers=1)


def test_measures_are_chosen_by_name() -> None:
    assert choose_measures(["stoi", "kad"]) == ["kad", "stoi"]
    assert choose_measures(None) == list(STANDARD)
    assert choose_measures(["two_sample_drift"]) == ["two_sample_drift"]
    parts = choose_measures(["two_sample"])
    assert parts == [name for name, measure in MEASURES.items() if measure.source == "two-sample"]
    with pytest.raises(UserError, match="Did you mean modulation"):
        choose_measures(["modulaton"])
    with pytest.raises(UserError, match="No measure is named"):
        choose_measures([])


def test_a_missing_library_is_told_in_one_line(
    held_out: Clips, training: Clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stoi_pesq_mcd, "find_spec", lambda name: None)
    found = evaluate(sets(short_engines(4, 3), held_out, training), measures=["pesq", "kad"], workers=1)
    absent = found.scores["pesq"]
    assert "pip install pesq" in absent.words
    assert "\n" not in absent.words
    assert found.scores["kad"].generated.measurement.value is not None


def test_progress_reaches_its_total_but_not_beyond(held_out: Clips, training: Clips) -> None:
    from contextlib import contextmanager

    seen: list[tuple[float, list[float]]] = []

    @contextmanager
    def bar(label: str, total: float):  # type: ignore[no-untyped-def]
        steps: list[float] = []
        seen.append((total, steps))
        yield steps.append

    evaluate(sets(short_engines(4, 3), held_out, training), measures=CHEAP, workers=1, progress=bar)
    ((total, steps),) = seen
    assert 0.3 * total < sum(steps) <= 1.2 * total


def test_another_network_gives_a_fad_of_its_own(
    held_out: Clips, training: Clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Network:
        def __init__(self, model_name: str, sample_rate: int, verbose: bool) -> None:
            assert (model_name, sample_rate, verbose) == ("vggish", 16000, False)

        def get_embeddings(self, clips: list[Clips], rate: int) -> Clips:
            return np.asarray(np.abs(np.fft.rfft(clips[0], 254))[None], dtype=np.float32)

    monkeypatch.setattr(other_networks, "import_module", lambda name: SimpleNamespace(FrechetAudioDistance=Network))
    found = evaluate(sets(short_engines(4, 3), held_out, training), measures=["fad_vggish"], workers=1)
    assert list(found.scores) == ["fad_vggish"]
    assert found.scores["fad_vggish"].generated.measurement.value is not None


def test_a_network_that_is_not_there_names_the_extra(held_out: Clips, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named '{name}'")

    monkeypatch.setattr(other_networks, "import_module", missing)
    with pytest.raises(UserError, match=r"pip install frechet-audio-distance.*No module named 'frechet_"):
        evaluate(sets(held_out, held_out), measures=["fad_clap"], workers=1)
