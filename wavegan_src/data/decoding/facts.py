"""What was found in a source file and done to it: for the manifest, the clip cache and the table of `prepare`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from wavegan_src.data.decoding.channels import ChannelReason


@dataclass(frozen=True)
class SourceFacts:
    """One source file, as it was decoded.

    Attributes:
        sample_rate, channels: of the file.
        used: the channels that were used, from 1, such as "1+2".
        why_channels: a `ChannelReason`.
        peak_db: level of the loudest sample without its offset, in dBFS; None for digital silence.
        gain_db: gain given to all of the file before it was brought to 16 bits, in dB.
        offset: its mean, as a share of full scale.
        bandwidth_hz: the highest frequency with sound in it, up to half the clips' rate; None if it was not measured.
        remark: what its owner should know about the file, or empty.
    """

    sample_rate: int
    channels: int
    used: str
    why_channels: str
    peak_db: float | None
    gain_db: float
    offset: float
    bandwidth_hz: float | None
    remark: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any] | None) -> Self | None:
        """Facts from what `values` wrote; None if they are no facts."""
        try:
            facts = cls(**(values or {}))
            ChannelReason(facts.why_channels)
        except (TypeError, ValueError):
            return None
        numbers = (facts.sample_rate, facts.channels, facts.gain_db, facts.offset, facts.peak_db, facts.bandwidth_hz)
        sound = all(isinstance(number, int | float | None) for number in numbers)
        return facts if sound and isinstance(facts.used, str) and isinstance(facts.remark, str) else None

    def values(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)
