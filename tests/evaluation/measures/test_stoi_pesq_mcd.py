import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from tests.support.sounds import RATE, engines, with_noise
from wavegan_src.dsp.arrays import Clips
from wavegan_src.dsp.clips import resample
from wavegan_src.evaluation.measures import stoi_pesq_mcd as s
from wavegan_src.evaluation.measures.pairing import AlignedPair

MCD = pytest.importorskip("mel_cepstral_distance", reason="mel-cepstral-distance is there for Python < 3.14")


def pair_of(generated: Clips, reference: Clips) -> AlignedPair:
    return AlignedPair(generated, reference, 0)


@pytest.fixture(scope="module")
def clips() -> Clips:
    return engines(4, seed=1)


def test_stoi_equals_pystoi(clips: Clips) -> None:
    from pystoi import stoi

    noisy = with_noise(clips, 10, seed=0)
    assert s.stoi_of_pair((pair_of(noisy[0], clips[0]), RATE)) == pytest.approx(stoi(clips[0], noisy[0], RATE))
    assert s.stoi_of_pair((pair_of(clips[0], clips[0]), RATE)) == pytest.approx(1.0, abs=1e-6)


def test_pesq_equals_its_library_with_silence_at_both_ends(clips: Clips) -> None:
    pesq = pytest.importorskip("pesq", reason="pesq needs a C compiler")
    noisy = with_noise(clips, 10, seed=0)
    padded = [np.pad(resample(clip, RATE, 16000), 12000) for clip in (clips[0], noisy[0])]
    assert s.pesq_of_pair((pair_of(noisy[0], clips[0]), RATE)) == pytest.approx(pesq.pesq(16000, *padded, "wb"))
    assert s.pesq_of_pair((pair_of(clips[0], clips[0]), RATE)) == pytest.approx(4.64, abs=0.01)


def test_pesq_measures_steady_sound_that_has_no_utterances_by_itself() -> None:
    pesq = pytest.importorskip("pesq", reason="pesq needs a C compiler")
    alone: list[bool] = []
    for clip in engines(12, seed=3, low=9.0, high=60.0):
        plain = resample(clip, RATE, 16000)
        try:
            pesq.pesq(16000, plain, plain, "wb")
            alone.append(True)
        except pesq.NoUtterancesError:
            alone.append(False)
        assert isinstance(s.pesq_of_pair((pair_of(clip, clip), RATE)), float)
    assert not all(alone)  # or else the padding is without purpose


def test_pesq_counts_what_it_cannot_measure(monkeypatch: pytest.MonkeyPatch, clips: Clips) -> None:
    pesq = pytest.importorskip("pesq", reason="pesq needs a C compiler")

    def refuse(*_: object) -> float:
        raise pesq.NoUtterancesError("no utterances")

    monkeypatch.setattr(pesq, "pesq", refuse)
    taken = s.measure_pairs([pair_of(clips[0], clips[1])], RATE, 4, measures=["pesq"], workers=1)["pesq"]
    assert taken.value is None
    assert taken.failures == {s.NO_UTTERANCES: 1}


def test_mcd_equals_its_library_on_files(clips: Clips, tmp_path: Path) -> None:
    for index in (0, 1):
        wavfile.write(tmp_path / f"{index}.wav", RATE, clips[index])
    expected, _ = MCD.compare_audio_files(str(tmp_path / "0.wav"), str(tmp_path / "1.wav"), aligning="pad")
    assert s.mcd_of_pair((pair_of(clips[0], clips[1]), RATE)) == pytest.approx(expected, rel=1e-6)
    assert s.mcd_of_pair((pair_of(clips[0], clips[0]), RATE)) == 0


def test_mcd_with_dtw_equals_its_library_without_a_radius(clips: Clips) -> None:
    cut = clips[:2, : RATE // 2]  # the library is slow
    coefficients = [np.pad(s.cepstra(clip, RATE).T, ((1, 0), (0, 0))) for clip in cut]
    expected, _ = MCD.compare_mfccs(*coefficients, s=1, D=16, aligning="dtw", dtw_radius=None)
    assert s.mcd_dtw_of_pair((pair_of(cut[0], cut[1]), RATE)) == pytest.approx(expected, rel=1e-6)


def test_mcd_does_not_depend_on_the_level(clips: Clips) -> None:
    quiet = s.mcd_of_pair((pair_of(0.01 * clips[0], clips[1]), RATE))
    assert quiet == pytest.approx(s.mcd_of_pair((pair_of(clips[0], clips[1]), RATE)), rel=1e-3)


@pytest.mark.parametrize("measure", list(s.PAIR_MEASURES))
def test_silence_is_a_counted_failure(measure: str, clips: Clips) -> None:
    if s.why_missing(measure) is not None:
        pytest.skip(s.why_missing(measure) or "")
    silent = np.zeros_like(clips[0])
    pairs = [pair_of(silent, clips[0]), pair_of(clips[0], silent), pair_of(clips[1], clips[0])]
    taken = s.measure_pairs(pairs, RATE, 4, measures=[measure], workers=1)[measure]
    assert taken.failures == {s.SILENT_PIECE: 2}
    assert taken.indices.tolist() == [2]


def test_stoi_refuses_a_clip_with_too_little_sound() -> None:
    blip = np.zeros(2 * RATE, dtype=np.float32)
    blip[RATE : RATE + 2000] = engines(1, seed=5)[0, :2000]
    assert s.stoi_of_pair((pair_of(blip, blip), RATE)) == s.TOO_LITTLE_SOUND


def test_without_its_package_a_measure_says_so_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, clips: Clips
) -> None:
    found = importlib.util.find_spec
    hidden = {"pesq", "mel_cepstral_distance"}
    monkeypatch.setattr(s, "find_spec", lambda name: None if name in hidden else found(name))
    taken = s.measure_pairs([pair_of(clips[0], clips[1])], RATE, 4, workers=1)
    assert taken["stoi"].value is not None
    assert taken["pesq"].value is None
    assert "pip install" in str(taken["pesq"].reason)
    assert "pip install" in str(taken["mcd_dtw"].reason)


def test_processes_change_nothing(clips: Clips) -> None:
    pairs = [pair_of(clips[i % 4], clips[(i + 1) % 4]) for i in range(10)]
    told: list[int] = []
    here = s.measure_pairs(pairs, RATE, 4, measures=["stoi", "mcd"], workers=1)
    there = s.measure_pairs(pairs, RATE, 4, measures=["stoi", "mcd"], workers=2, progress=told.append)
    for measure, taken in here.items():
        np.testing.assert_allclose(there[measure].values, taken.values)
    assert told == list(range(1, 21))
