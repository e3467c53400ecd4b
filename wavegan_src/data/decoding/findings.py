"""What was found in a set of recordings and done about it: the lines of the table of `prepare`, and notices."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wavegan_src.data.decoding.channels import ChannelReason
from wavegan_src.data.decoding.facts import SourceFacts
from wavegan_src.utils.format import format_count, printable

NOTED_OFFSET = 0.003  # of full scale, -50 dBFS: less is found in every recording
NOTED_OFFSET_OF_PEAK = 0.02
# A file with nothing in the upper half of the clips' band; a little more than half, since filters have slopes.
NARROW_SHARE = 0.55
MOST_NAMED = 3
# The loudest sample of noise is up to 20 dB above its RMS level.
CREST_DB = 20.0

_CHANNELS_USED = {
    ChannelReason.CANCEL: "with channels that cancel each other; the louder one is used",
    ChannelReason.DEAD: "with channels without sound; the others are used",
    ChannelReason.MANY: "with several microphones; the loudest one that is not clipped is used",
}

Facts = Mapping[str, SourceFacts]


@dataclass(frozen=True)
class Finding:
    """What was found on one topic, in a line; notable: whether a notice should say it where no table is printed."""

    topic: str
    text: str
    notable: bool = True


def findings(facts: Facts, rate: int, high_pass_hz: float) -> list[Finding]:
    """What was found in decoded files.

    Args:
        facts: by the file's name.
        rate: of the clips, in Hz.
        high_pass_hz: limit of the high-pass that they went through, 0 for none.
    """
    return [
        _level(facts),
        _offset(facts, high_pass_hz),
        _channels(facts),
        _rates(facts),
        _bandwidth(facts, rate),
        *_remarks(facts),
    ]


def notices(found: Iterable[Finding]) -> list[str]:
    """The notable ones as sentences."""
    return [f"{finding.topic}: {finding.text}." for finding in found if finding.notable]


def too_faint(facts: Facts, useful: Iterable[str], threshold_db: float) -> Finding:
    """The files that gave no clip because all of them is below the silence threshold.

    Args:
        facts: by the file's name.
        useful: names of the files that gave clips.
        threshold_db: dataset.silence_threshold_db.
    """
    rest = set(facts) - set(useful)
    levels = {name: facts[name].peak_db for name in sorted(rest)}
    heard = {name: level for name, level in levels.items() if level is not None and level < threshold_db + CREST_DB}
    empty = sum(level is None for level in levels.values())
    if not heard:
        text = f"{format_count(empty, 'file')} without any sound" if empty else "none"
        return Finding("Silence", text, bool(empty))
    loudest = max(heard, key=heard.__getitem__)
    more = f", {format_count(empty, 'more file')} without any sound" if empty else ""
    return Finding(
        "Silence",
        f"{format_count(len(heard), 'file')} throughout below {threshold_db:g} dBFS (dataset.silence_threshold_db); "
        f"the loudest is {printable(loudest)}, with a peak of {heard[loudest]:.1f} dBFS{more}",
    )


def _level(facts: Facts) -> Finding:
    beyond = {name: fact.peak_db for name, fact in facts.items() if fact.gain_db < 0 and fact.peak_db is not None}
    faint = {name: fact.peak_db for name, fact in facts.items() if fact.gain_db > 0 and fact.peak_db is not None}
    parts = []
    if beyond:
        name = max(beyond, key=beyond.__getitem__)
        parts.append(
            f"{format_count(len(beyond), 'file')} beyond full scale, up to {beyond[name]:+.1f} dBFS "
            f"({printable(name)}): each is scaled down as a whole, nothing is clipped"
        )
    if faint:
        name = min(faint, key=faint.__getitem__)
        parts.append(
            f"{format_count(len(faint), 'file')} very faint, down to a peak of {faint[name]:.1f} dBFS "
            f"({printable(name)}): each is raised as a whole"
        )
    if parts:
        return Finding("Level", "; ".join(parts))
    peaks = [fact.peak_db for fact in facts.values() if fact.peak_db is not None]
    text = f"peaks of {min(peaks):.1f} to {max(peaks):.1f} dBFS" if peaks else "no sound"
    return Finding("Level", text, notable=False)


def _offset(facts: Facts, high_pass_hz: float) -> Finding:
    shifted = {name: fact.offset for name, fact in facts.items() if abs(fact.offset) >= _noted_offset(fact)}
    if not shifted:
        return Finding("Offset", "none", notable=False)
    name = max(shifted, key=lambda name: abs(shifted[name]))
    done = (
        f"removed with all below {high_pass_hz:g} Hz (audio.high_pass_hz)"
        if high_pass_hz
        else "kept, because audio.high_pass_hz is 0"
    )
    return Finding(
        "Offset",
        f"{format_count(len(shifted), 'file')} with a constant offset, up to {shifted[name]:+.3f} of full scale "
        f"({printable(name)}): {done}",
    )


def _noted_offset(fact: SourceFacts) -> float:
    """The least offset that is worth a word, as a share of full scale."""
    peak = 0.0 if fact.peak_db is None else 10 ** (fact.peak_db / 20)
    return max(NOTED_OFFSET, NOTED_OFFSET_OF_PEAK * peak)


def _channels(facts: Facts) -> Finding:
    parts = []
    for reason, words in _CHANNELS_USED.items():
        names = [name for name, fact in facts.items() if fact.why_channels == reason]
        if names:
            examples = [f"{name}: {facts[name].used} of {facts[name].channels}" for name in names]
            parts.append(f"{format_count(len(names), 'file')} {words} ({_some(examples)})")
    if parts:
        return Finding("Channels", "; ".join(parts))
    several = sum(fact.channels > 1 for fact in facts.values())
    return Finding("Channels", f"{format_count(several, 'file')} mixed to one" if several else "mono", notable=False)


def _rates(facts: Facts) -> Finding:
    counts = Counter(fact.sample_rate for fact in facts.values())
    text = ", ".join(f"{rate} Hz ({format_count(count, 'file')})" for rate, count in counts.most_common())
    return Finding("Rates", text or "none", notable=False)


def _bandwidth(facts: Facts, rate: int) -> Finding:
    measured = {name: fact.bandwidth_hz for name, fact in facts.items() if fact.bandwidth_hz is not None}
    narrow = {name: hertz for name, hertz in measured.items() if hertz < NARROW_SHARE * rate / 2}
    if not narrow:
        text = f"up to {max(measured.values()) / 1000:.1f} kHz" if measured else "not measured"
        return Finding("Bandwidth", text, notable=False)
    highest = max(narrow.values())
    which = "all files" if len(narrow) == len(measured) else f"{len(narrow)} of {format_count(len(measured), 'file')}"
    lower = next((low for low in (8000, 11025, 16000, 22050) if low / 2 >= highest), rate)
    cure = f"; audio.sample_rate {lower} would suit them" if len(narrow) == len(measured) and lower < rate else ""
    return Finding(
        "Bandwidth",
        f"{which} hold nothing above {highest / 1000:.1f} kHz, so that the upper half of the clips' "
        f"{rate / 2000:.1f} kHz stays empty ({_some(sorted(narrow))}){cure}",
    )


def _remarks(facts: Facts) -> list[Finding]:
    lines = [f"{name}: {fact.remark}" for name, fact in facts.items() if fact.remark]
    return [Finding("Files", _some(lines, "; "))] if lines else []


def _some(items: Sequence[str], separator: str = ", ") -> str:
    """The first few items, and how many more there are."""
    more = f"{separator}and {len(items) - MOST_NAMED} more" if len(items) > MOST_NAMED else ""
    return printable(separator.join(items[:MOST_NAMED])) + more
