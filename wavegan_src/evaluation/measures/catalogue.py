"""Every measure by name: what it is called, its unit, which way is better, and what it tells in one line."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Entry:
    """A line of the catalogue.

    Attributes:
        title: for tables and axes.
        unit: "" where there is none.
        better: which way is better; "near 1" for the memorisation ratio, whose both ends are bad.
        tells: what a reader learns from it.
        paired: whether it scores pairs of a generated clip and its nearest reference clip.
        copying: whether it looks for copies of training clips, which is no place between noise and real sound.
        extra: whether it is measured only where it is asked for, with the extra `fad`.
    """

    title: str
    unit: str
    better: Literal["lower", "higher", "near 1"]
    tells: str
    paired: bool = False
    copying: bool = False
    extra: bool = False

    @property
    def positioned(self) -> bool:
        """Whether a position between noise and real sound makes sense."""
        return not self.copying


CATALOGUE: dict[str, Entry] = {
    "kad": Entry("KAD (YAMNet)", "", "lower", "distance of the two sets as YAMNet hears them, without bias"),
    "fad": Entry("FAD (YAMNet)", "", "lower", "the usual distance of two sets; shrinks with the number of clips"),
    "fad_infinity": Entry("FAD∞ (YAMNet)", "", "lower", "FAD extrapolated to infinitely many clips"),
    "stoi": Entry("STOI", "", "higher", "speech intelligibility against the nearest real clip", paired=True),
    "pesq": Entry("PESQ wide band", "MOS", "higher", "speech quality against the nearest real clip", paired=True),
    "mcd": Entry("MCD", "", "lower", "difference of spectral envelopes from the nearest real clip", paired=True),
    "mcd_dtw": Entry("MCD with DTW", "", "lower", "the same along the best warping of time", paired=True),
    "firing_rate": Entry("Firing rate", "octaves", "lower", "are the engine speeds distributed as in real clips?"),
    "order_spectrum": Entry("Order spectrum", "dB", "lower", "levels at multiples of half the firing rate"),
    "harmonic_to_noise": Entry("Harmonic-to-noise ratio", "dB", "lower", "how tonal and how hissing the clips are"),
    "modulation": Entry("Modulation", "dB", "lower", "rhythm and roughness in four bands"),
    "long_term_spectrum": Entry("Long-term spectrum", "dB", "lower", "average tone; shaped noise passes it"),
    "density": Entry("Density", "", "higher", "fidelity: do generated clips lie where real ones do?"),
    "coverage": Entry("Coverage", "", "higher", "diversity: is every kind of real clip generated?"),
    "engine_tag_rate": Entry(
        "Engine tag rate", "", "higher", "share of clips that YAMNet takes for an engine or vehicle"
    ),
    "memorisation": Entry(
        "Memorisation ratio", "", "near 1", "near 0: copies of training clips; above 1: another kind", copying=True
    ),
    "copied": Entry(
        "Suspected copies",
        "",
        "lower",
        "share of clips nearer to training than 99 % of held-out clips; 1 % by chance",
        copying=True,
    ),
    "fad_vggish": Entry("FAD (VGGish)", "", "lower", "the same on the embedding that papers use most", extra=True),
    "fad_panns": Entry("FAD (PANNs)", "", "lower", "the same on PANNs' embedding", extra=True),
    "fad_clap": Entry("FAD (CLAP)", "", "lower", "the same on CLAP's embedding", extra=True),
}

# What is measured unless a choice is given.
STANDARD = tuple(name for name, entry in CATALOGUE.items() if not entry.extra)
