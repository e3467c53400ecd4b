import numpy as np
import pytest
from scipy.stats import kurtosis, skew

from tests.support.sounds import Clips, engines, white
from wavegan_src.dsp.arrays import Floats
from wavegan_src.evaluation.measures.two_sample import features as f

RATE = f.RATE


def families(clip: Clips) -> dict[str, Floats]:
    return f.describe_clip(clip)[0]


@pytest.fixture(scope="module")
def clips() -> Clips:
    return engines(2, 0)


def test_level_offset_and_ends_do_not_matter(clips: Clips) -> None:
    changed = 0.3 * clips[0] + 0.02
    changed[:1000] = 0.5
    changed[-1000:] = 0
    for key, found in families(changed).items():
        np.testing.assert_allclose(found, families(clips[0])[key], rtol=0.05, atol=0.1, err_msg=key)


def test_frequencies_are_where_a_tone_is_found() -> None:
    tone = np.sin(2 * np.pi * 700 * np.arange(2 * RATE) / RATE).astype(np.float32)
    described = families(tone)
    for key, columns in described.items():
        hertz = f.frequencies(key)
        assert len(hertz) in (0, len(columns)), key
        assert (np.diff(hertz) > 0).all()
    for key, within in (("mean_spectrum", 60.0), ("narrow_lines", 25.0), ("spectral_ripple", 25.0)):
        assert f.frequencies(key)[described[key].argmax()] == pytest.approx(700, abs=within), key
    assert len(f.frequencies("waveform")) == len(f.frequencies("mel_network")) == 0


def test_every_family_is_finite_for_any_usable_clip(clips: Clips) -> None:
    impulse = np.zeros(2 * RATE, np.float32)
    impulse[RATE] = 1
    tone = np.sin(np.arange(2 * RATE) * 0.2).astype(np.float32)
    for clip in (clips[0], clips[0][: RATE // 2], impulse, tone, white(1, 0)[0]):
        described, log_mel, fine = f.describe_clip(clip)
        assert all(np.isfinite(found).all() for found in described.values())
        assert np.isfinite(log_mel).all()
        assert np.isfinite(fine).all()


def test_moments_are_those_of_scipy(clips: Clips) -> None:
    views = f.view(clips[0])
    found = families(clips[0])
    np.testing.assert_allclose(found["band_skewness"], skew(views.log_mel, axis=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["band_kurtosis"], kurtosis(views.log_mel, axis=1) + 3, rtol=1e-4)
    np.testing.assert_allclose(found["attack_decay"], skew(np.diff(views.log_mel), axis=1), rtol=1e-4, atol=1e-5)
    assert found["waveform"][0] == pytest.approx(skew(views.clip), rel=1e-3)
    assert np.exp(found["waveform"][1]) == pytest.approx(kurtosis(views.clip) + 3, rel=1e-4)


def test_correlations_are_those_of_numpy(clips: Clips) -> None:
    log_mel = f.view(clips[0]).log_mel
    found = families(clips[0])
    correlation = np.corrcoef(log_mel)
    np.testing.assert_allclose(found["neighbouring_bands"], np.diag(correlation, 1), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found["distant_bands"], np.diag(correlation, f.APART), rtol=1e-3, atol=1e-4)


def test_a_tone_is_a_line_that_stands_out_where_it_is() -> None:
    tone = np.sin(2 * np.pi * 500 * np.arange(2 * RATE) / RATE).astype(np.float32)
    clip = (0.1 * tone + 0.05 * white(1, 0)[0]).astype(np.float32)
    lines = families(clip)["narrow_lines"]
    assert int(lines.argmax()) == int((500 - f.LINES_FROM_HZ) // f.LINE_HZ)
    assert lines.max() > 2 * np.median(lines)


def test_a_swell_drifts_and_decaying_clicks_fall_slower_than_they_rise() -> None:
    noise = white(1, 0)[0]
    swell = noise * np.linspace(1, 8, len(noise), dtype=np.float32)
    assert families(swell)["drift"].mean() > 5 * families(noise)["drift"].mean()
    decay = np.exp(-np.arange(len(noise)) % 4410 / 1000).astype(np.float32)
    rises, falls = families(noise * decay)["attack_decay"], families((noise * decay)[::-1].copy())["attack_decay"]
    assert rises.mean() > 0.5 > -0.5 > falls.mean()


def test_a_set_is_described_clip_by_clip_and_at_one_rate(clips: Clips) -> None:
    both = f.describe(clips, RATE, 1)
    assert len(both) == 2
    assert list(both.families) == list(f.FEATURES)
    np.testing.assert_array_equal(both.families["fluctuation"][1], families(clips[1])["fluctuation"])
    np.testing.assert_array_equal(both.take(np.array([1])).log_mel, both.log_mel[1:])
    doubled = f.describe(np.repeat(clips, 2, axis=1), 2 * RATE, 1)
    low = slice(0, 48)
    np.testing.assert_allclose(
        doubled.families["mean_spectrum"][:, low], both.families["mean_spectrum"][:, low], atol=0.3
    )
