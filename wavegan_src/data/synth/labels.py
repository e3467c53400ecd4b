"""What is known of a synthesised clip, because it was made that way."""

from dataclasses import asdict, dataclass
from typing import Any

CURVE_RATE = 50.0  # Hz


@dataclass(frozen=True)
class EngineLabels:
    """Exact labels of one clip.

    rpm_mean, rpm_min, rpm_max: of the crank over the clip, in revolutions per minute; rpm_curve: its course,
    sampled at rpm_curve_rate (Hz); firing_hz: mean firing rate of all cylinders; load: mean, 0 (none) to 1 (full);
    place: where it is heard; snr_db: engine re ambient noise; exhaust_length_m and exhaust_kelvin: of the pipes and
    the gas in them; chambers: expansion chambers in the line.
    """

    engine_class: str
    state: str
    seed: int
    sample_rate: int
    seconds: float
    layout: str
    cylinders: int
    strokes: int
    rpm_mean: float
    rpm_min: float
    rpm_max: float
    firing_hz: float
    load: float
    place: str
    snr_db: float
    exhaust_length_m: float
    exhaust_kelvin: float
    chambers: int
    rpm_curve_rate: float
    rpm_curve: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values under the fields' names, rounded to three decimals."""
        values = {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(self).items()}
        values["rpm_curve"] = [round(value, 3) for value in self.rpm_curve]
        return values
