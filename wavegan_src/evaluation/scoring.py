"""Scoring sets of clips against one reference, every set in the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wavegan_src.dsp.arrays import Floats
from wavegan_src.evaluation.clip_set import ClipSet, ReportProgress
from wavegan_src.evaluation.measures import density as manifold
from wavegan_src.evaluation.measures import fad as frechet
from wavegan_src.evaluation.measures import intervals
from wavegan_src.evaluation.measures import kad as kernel_distance
from wavegan_src.evaluation.measures.embeddings import Embedder, engine_tag_rate
from wavegan_src.evaluation.measures.engine import engine_distance, engine_interval
from wavegan_src.evaluation.measures.measurement import Interval, Measurement
from wavegan_src.evaluation.measures.pairing import align, pair
from wavegan_src.evaluation.measures.stoi_pesq_mcd import measure_pairs
from wavegan_src.evaluation.result import Bounded
from wavegan_src.metrics import EVALUATED, MEASURES

Scored = tuple[Measurement, Callable[[], Interval | None]]
COPYING = tuple(name for name, measure in EVALUATED.items() if measure.source == "copies")


@dataclass(frozen=True)
class Copying:
    """The clips that are searched for originals of copies.

    Attributes:
        known: clips that may have been copied.
        theirs: how near clips of other recordings come to them by chance, (h,); empty if that is unknown.
        reason: why `theirs` is empty.
    """

    known: ClipSet
    theirs: Floats
    reason: str = ""


@dataclass(frozen=True)
class Scorer:
    """Scores sets of clips against `reference`.

    Attributes:
        reference: held-out real clips, as many as in each set.
        copying: for the measures of copies; None if none of them is wanted.
        embedders: other networks by the key of their measure.
        seed: of all intervals and draws.
    """

    reference: ClipSet
    copying: Copying | None
    seed: int
    report_progress: ReportProgress
    embedders: Mapping[str, Embedder] = field(default_factory=dict)

    def score(
        self, clips: ClipSet, names: Sequence[str], *, bounded: bool, near: tuple[Floats, Floats] | None = None
    ) -> dict[str, Bounded]:
        """Compute the measures `names` of a set.

        Args:
            clips: as many as there are reference clips.
            names: keys of `metrics.EVALUATED`.
            bounded: whether to compute intervals too.
            near: distances to the nearest training clip, of this set and of held-out clips, if known.
        """
        scored: dict[str, Scored] = self._pairs(clips, [name for name in names if MEASURES[name].source == "pairs"])
        for name in names:
            if name not in scored:
                scored |= self._one(name, clips, near)
        found = {}
        for name in names:
            measurement, interval = scored[name]
            found[name] = Bounded(measurement, interval() if bounded else None)
            self.report_progress("intervals" if bounded else "scores", 1)
        return found

    def _pairs(self, clips: ClipSet, names: Sequence[str]) -> dict[str, Scored]:
        if not names:
            return {}
        partners = pair(clips.clips, self.reference.clips, clips.rate).indices
        laid = [
            align(ours, self.reference.clips[index], clips.rate)
            for ours, index in zip(clips.clips, partners, strict=True)
        ]
        done = 0

        def report(count: int) -> None:
            nonlocal done
            self.report_progress("pairs", count - done)
            done = count

        taken = measure_pairs(
            laid, clips.rate, len(self.reference.clips), measures=names, workers=clips.workers, progress=report
        )
        return {name: self._of_clips(measurement) for name, measurement in taken.items()}

    def _one(self, name: str, clips: ClipSet, near: tuple[Floats, Floats] | None) -> dict[str, Scored]:
        """A measure, or the two measures that are computed together."""
        source = MEASURES[name].source
        if source == "engine":
            ours, theirs = clips.descriptors, self.reference.descriptors
            return {
                name: (
                    engine_distance(name, ours, theirs),
                    lambda: engine_interval(name, ours, theirs, seed=self.seed),
                )
            }
        if source == "copies":
            return dict(zip(COPYING, map(self._of_clips, self._copies(clips, near)), strict=True))
        if source == "networks":
            return {name: self._other_fad(name, clips)}
        return self._by_yamnet(name, clips)

    def _by_yamnet(self, name: str, clips: ClipSet) -> dict[str, Scored]:
        seen = clips.embeddings
        if name == "engine_tag_rate":
            return {name: self._of_clips(engine_tag_rate(seen))}
        known, seed = self.reference.embeddings, self.seed
        if name == "fad":
            return {name: (frechet.fad(seen, known), lambda: intervals.fad_interval(seen, known, seed=seed))}
        if name == "fad_infinity":
            return {name: (frechet.fad_infinity(seen, known, seed), lambda: None)}
        if name == "kad":
            return {name: (kernel_distance.kad(seen, known), lambda: intervals.kad_interval(seen, known, seed=seed))}
        x, y = seen.clip_means, known.clip_means
        density, coverage = manifold.density_coverage(x, y)
        return {
            "density": self._of_clips(density),
            "coverage": (coverage, lambda: intervals.coverage_interval(x, y, seed=seed)),
        }

    def _other_fad(self, name: str, clips: ClipSet) -> Scored:
        embed = self.embedders[name]
        seen, known = clips.embeddings_of(name, embed), self.reference.embeddings_of(name, embed)
        return replace(frechet.fad(seen, known), measure=name), lambda: intervals.fad_interval(
            seen, known, seed=self.seed
        )

    def _copies(self, clips: ClipSet, near: tuple[Floats, Floats] | None) -> tuple[Measurement, Measurement]:
        if self.copying is None:
            raise ValueError("measures of copies need the clips that could have been copied")
        if len(self.copying.theirs) == 0:
            memorisation, copied = (Measurement.absent(name, self.copying.reason) for name in COPYING)
            return memorisation, copied
        if near is None:
            ours = manifold.nearest(clips.copy_profile, self.copying.known.copy_profile).distances
            near = ours, self.copying.theirs
        return manifold.memorisation_of_distances(*near)

    def _of_clips(self, measurement: Measurement) -> Scored:
        """A measure that has a value per clip."""
        return (
            measurement,
            lambda: intervals.interval_of_clips(measurement, seed=self.seed) if len(measurement.values) else None,
        )
