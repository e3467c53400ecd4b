"""Whether the held-out recordings can choose a model, and the sentences that say so if they cannot."""

from wavegan_src.utils.format import format_count

FEWEST_RECORDINGS = 3
"""Held-out recordings below which no score has an interval, and no checkpoint can be called better than another."""
NEWEST = "too small to choose a model by, so the best model is the newest checkpoint"


def can_choose(recordings: int | None) -> bool:
    """Whether that many held-out recordings can tell two checkpoints apart; None, for an older run, counts as yes."""
    return recordings is None or recordings >= FEWEST_RECORDINGS


def judged_by(clips: int, recordings: int) -> str:
    """What there is to judge by, in words."""
    if not recordings:
        return f"the training clips themselves: {NEWEST}"
    return f"{_held_out(clips, recordings)}" + ("" if can_choose(recordings) else f": {NEWEST}")


def too_small(clips: int, recordings: int) -> str:
    """The sentence for validation that cannot choose, without its full stop."""
    what = _held_out(clips, recordings) if recordings else "no recording"
    return f"Validation ({what}) is {NEWEST}"


def _held_out(clips: int, recordings: int) -> str:
    return f"{format_count(clips, 'clip')} of {format_count(recordings, 'recording')}"
