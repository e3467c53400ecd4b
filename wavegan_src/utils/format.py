"""Numbers, durations, sizes, counts and names as people read them."""

from collections.abc import Mapping

MEBIBYTE = 2**20
ABSENT = "–"  # stands for a score that was not measured
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def format_number(value: float | int | str | bool | None) -> str:
    """A figure to four significant digits, with separated thousands: "0.1235", "12,437"; "-" for None."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"


def format_score(value: float | None) -> str:
    """A score to three significant digits, with a true minus sign: "0.0123", "−12.3"; "–" for None."""
    if value is None:
        return ABSENT
    rounded = float(f"{value:.3g}")
    if rounded == 0:
        return "0"
    if 1e-4 <= abs(rounded) < 1e6:
        text = f"{rounded:.7f}".rstrip("0").rstrip(".")
    else:
        digits, exponent = f"{rounded:.2e}".split("e")
        text = f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"
    return text.replace("-", "−")


def format_clock(seconds: float) -> str:
    """A duration as a clock shows it: "1:02:03", after a day "1 d 1:02:03"."""
    minutes, secs = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return (f"{days} d " if days else "") + f"{hours}:{minutes:02}:{secs:02}"


def format_duration(seconds: float) -> str:
    """A measured duration: "2.3 ms", "1.23 s", "4 min 05 s", "3 h 07 min"."""
    if seconds < 1:
        return f"{1000 * seconds:.3g} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, secs = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {secs:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def format_rough_duration(seconds: float) -> str:
    """An estimated duration, to the minute: "1 min" at least, "3 h 07 min", "5 days"."""
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes / (24 * 60):.0f} days"


def format_size(size_bytes: float) -> str:
    """A number of bytes: "640 MiB", "1.3 GiB", "3.2 TiB"."""
    value, *units = size_bytes, *_UNITS
    while len(units) > 1 and round(value) >= 1024:
        value, units = value / 1024, units[1:]
    return f"{value:.1f} {units[0]}" if units[0] in ("GiB", "TiB") else f"{value:.0f} {units[0]}"


def format_mebibytes(mebibytes: float) -> str:
    """`format_size` for what is measured in MiB."""
    return format_size(mebibytes * MEBIBYTE)


def format_count(count: int, noun: str) -> str:
    """A number of things: "1 clip", "3 clips"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def format_counts(counts: Mapping[str, int]) -> str:
    """Several counts in a line: "1 damaged, 3 silent"; "none" where there are none."""
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "none"


def printable(name: str) -> str:
    """A file name that every terminal can print, even if its bytes are not valid Unicode."""
    return name.encode("utf-8", "replace").decode("utf-8")
