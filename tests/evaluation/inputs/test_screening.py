import numpy as np
import pytest

from tests.support.sounds import RATE, engines
from wavegan_src.evaluation.inputs import screening as c
from wavegan_src.utils.errors import UserError


def test_drops_silent_and_broken_clips_and_counts_them_by_reason() -> None:
    clips = engines(5, seed=1)
    clips[1] = 0
    clips[2, 100] = np.nan
    clips[4] = 0.5  # a constant is silence
    screened = c.screen(clips, RATE)
    assert screened.indices.tolist() == [0, 3]
    assert screened.failures == {c.SILENT: 2, c.NOT_FINITE: 1}
    np.testing.assert_array_equal(screened.clips, clips[[0, 3]])


def test_keeps_nothing_of_a_silent_set() -> None:
    screened = c.screen(np.zeros((3, RATE), dtype=np.float32), RATE)
    assert len(screened.clips) == 0
    assert screened.failures == {c.SILENT: 3}


@pytest.mark.parametrize(
    ("shape", "rate", "word"),
    [
        ((2, RATE, 2), RATE, "stereo"),
        ((RATE,), RATE, "mono"),
        ((0, RATE), RATE, "no generated clips"),
        ((3, 1), RATE, "1 samples long"),
        ((3, 0), RATE, "too short"),
        ((3, 4000), RATE, "too short"),
        ((3, 2000), 1000, "1000 Hz"),
    ],
)
def test_refuses_what_cannot_be_judged_in_a_sentence(shape: tuple[int, ...], rate: int, word: str) -> None:
    with pytest.raises(UserError, match=word):
        c.screen(np.zeros(shape, dtype=np.float32), rate)


def test_recognises_equal_content() -> None:
    clips = engines(3, seed=4)
    assert c.content_key(clips, RATE) == c.content_key(clips.copy(), RATE)
    others = {c.content_key(clips[::-1], RATE), c.content_key(clips, 16000), c.content_key(clips[:2], RATE)}
    assert c.content_key(clips, RATE) not in others
    assert c.count_shared(clips, clips[1:].copy()) == 2
