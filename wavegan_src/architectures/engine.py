"""Sizes of short-time spectra at a sample rate: some 345 frames of 3 ms per second, and windows in steps of them."""

import math

FRAMES_PER_SECOND = 344.5  # 64 samples at 22050 Hz: firing pulses up to 170 Hz, the fastest of a road car, are resolved
SHORT_WINDOW = 4  # hops of the window in which noise is shaped, 12 ms
SPECTRUM_WINDOW = 32  # hops of the window in which a clip's average spectrum is measured, 93 ms
LONGEST_VIEW = 96  # hops of a critic's longest window, 279 ms


def hop_length(sample_rate: int) -> int:
    """Samples from one frame to the next: the power of two that comes nearest, at least 16."""
    return max(16, 1 << round(math.log2(sample_rate / FRAMES_PER_SECOND)))


def shortest_sound(sample_rate: int) -> int:
    """Samples that a generated clip must have: the filter that gives it its spectrum rings as long as its window."""
    return SPECTRUM_WINDOW * hop_length(sample_rate)


def shortest_clip(sample_rate: int) -> int:
    """Samples that a clip must have: the critics see a half of it, which must exceed half of their longest window."""
    return LONGEST_VIEW * hop_length(sample_rate) + 2
