"""Scoring sets of clips against one reference, every set in the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from wavegan_src.dsp.arrays import Floats
from wavegan_src.evaluation.clip_set import ClipSet, ReportProgress
from wavegan_src.evaluation.measures import density as manifold
from wavegan_src.evaluation.measures import fad as frechet
from wavegan_src.evaluation.measures import intervals
from wavegan_src.evaluation.measures import kad as kernel_distance
from wavegan_src.evaluation.measures.bootstrap import Sides, Units
from wavegan_src.evaluation.measures.embeddings import Embedder, Embeddings, engine_tag_rate
from wavegan_src.evaluation.measures.engine import engine_distance, engine_interval
from wavegan_src.evaluation.measures.measurement import Interval, Measurement
from wavegan_src.evaluation.measures.pairing import align, pair
from wavegan_src.evaluation.measures.stoi_pesq_mcd import measure_pairs
from wavegan_src.evaluation.measures.two_sample.comparison import Verdict, compare
from wavegan_src.evaluation.measures.two_sample.control import control
from wavegan_src.evaluation.measures.two_sample.features import Described
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
        units: what is drawn of `theirs` for an interval.
        reason: why `theirs` is empty.
    """

    known: ClipSet
    theirs: Floats
    units: Units
    reason: str = ""


@dataclass(frozen=True)
class Near:
    """Distances to the nearest training clip: of a set's clips, (n,), and of held-out clips, (h,)."""

    ours: Floats
    theirs: Floats
    sides: Sides


@dataclass(frozen=True)
class Scorer:
    """Scores sets of clips against `reference`.

    Attributes:
        reference: held-out real clips.
        copying: for the measures of copies; None if none of them is wanted.
        embedders: other networks by the key of their measure.
        seed: of all intervals and draws.
        verdicts: of the two-sample test, by the key of the set and of the measure.
    """

    reference: ClipSet
    copying: Copying | None
    seed: int
    report_progress: ReportProgress
    embedders: Mapping[str, Embedder] = field(default_factory=dict)
    verdicts: dict[str, Mapping[str, Verdict]] = field(default_factory=dict)

    def score(
        self, clips: ClipSet, names: Sequence[str], *, bounded: bool, near: Near | None = None
    ) -> dict[str, Bounded]:
        """Compute the measures `names` of a set.

        Args:
            clips: the set.
            names: keys of `metrics.EVALUATED`.
            bounded: whether to compute intervals too.
            near: what the measures of copies are taken of, if it is known.
        """
        scored: dict[str, Scored] = self._pairs(clips, [name for name in names if MEASURES[name].source == "pairs"])
        scored |= self._told_apart(clips, [name for name in names if MEASURES[name].source == "two-sample"])
        for name in names:
            if name not in scored:
                scored |= self._one(name, clips, near)
        found = {}
        for name in names:
            measurement, interval = scored[name]
            found[name] = Bounded(measurement, interval() if bounded else None)
            if MEASURES[name].source != "two-sample":  # whose interval takes no time
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
        return {name: self._of_clips(measurement, clips) for name, measurement in taken.items()}

    def _told_apart(self, clips: ClipSet, names: Sequence[str]) -> dict[str, Scored]:
        if not names:
            return {}
        self.verdicts[clips.key] = compare(
            lambda: clips.described,
            lambda: self.reference.described,
            clips.labels,
            self.reference.labels,
            seed=self.seed,
            keys=names,
            progress=lambda family: self.report_progress("families", len(clips.clips)),
        )
        return {
            name: (verdict.measurement, partial(verdict.interval, self.seed))
            for name, verdict in self.verdicts[clips.key].items()
        }

    def control(self, clips: ClipSet, names: Sequence[str]) -> dict[str, Bounded]:
        """The real anchor of the two-sample test: halves of the recordings of these clips and of the reference."""
        labels = [*clips.labels, *self.reference.labels]
        whole: list[Described] = []

        def described() -> Described:
            if not whole:
                whole.append(clips.described.join(self.reference.described))
            return whole[0]

        taken = control(
            described,
            labels,
            seed=self.seed,
            keys=names,
            progress=lambda family: self.report_progress("families", len(clips.clips)),
        )
        return {name: Bounded(*taken[name]) for name in names}

    def _one(self, name: str, clips: ClipSet, near: Near | None) -> dict[str, Scored]:
        """A measure, or the two measures that are computed together."""
        source = MEASURES[name].source
        if source == "engine":
            ours, theirs = clips.descriptors, self.reference.descriptors
            return {
                name: (
                    engine_distance(name, ours, theirs),
                    lambda: engine_interval(name, ours, theirs, self._sides(clips), seed=self.seed),
                )
            }
        if source == "copies":
            return self._copies(clips, near)
        if source == "aisfx":
            return {name: self._distance(name, clips.aisfx, self.reference.aisfx, clips)}
        if source == "networks":
            embed = self.embedders[name]
            seen, known = clips.embeddings_of(name, embed), self.reference.embeddings_of(name, embed)
            return {name: self._distance(name, seen, known, clips)}
        return self._by_yamnet(name, clips)

    def _by_yamnet(self, name: str, clips: ClipSet) -> dict[str, Scored]:
        seen = clips.embeddings
        if name == "engine_tag_rate":
            return {name: self._of_clips(engine_tag_rate(seen), clips)}
        known, seed, sides = self.reference.embeddings, self.seed, self._sides(clips)
        if name in ("kad", "fad"):
            return {name: self._distance(name, seen, known, clips)}
        if name == "fad_infinity":
            limit = frechet.fad_infinity(seen, known, seed)
            return {name: (limit, lambda: intervals.fad_infinity_interval(seen, known, sides, seed=seed))}
        x, y = seen.clip_means, known.clip_means
        density, coverage = manifold.density_coverage(x, y)
        return {
            "density": (density, lambda: intervals.density_interval(x, y, sides, seed=seed)),
            "coverage": (coverage, lambda: intervals.coverage_interval(x, y, sides, seed=seed)),
        }

    def _distance(self, name: str, seen: Embeddings, known: Embeddings, clips: ClipSet) -> Scored:
        """KAD or FAD, as its key begins, of what any network sees."""
        sides, seed = self._sides(clips), self.seed
        if name.startswith("kad"):
            return kernel_distance.kad(seen, known, name), lambda: intervals.kad_interval(seen, known, sides, seed=seed)
        return frechet.fad(seen, known, name), lambda: intervals.fad_interval(seen, known, sides, seed=seed)

    def _copies(self, clips: ClipSet, near: Near | None) -> dict[str, Scored]:
        copying = self.copying
        if copying is None:
            raise ValueError("measures of copies need the clips that could have been copied")
        if len(copying.theirs) == 0:
            return {name: (Measurement.absent(name, copying.reason), lambda: None) for name in COPYING}
        if near is None:
            ours = manifold.nearest(clips.copy_profile, copying.known.copy_profile).distances
            near = Near(ours, copying.theirs, Sides(clips.units, copying.units))
        parts = near.ours, near.theirs, near.sides
        memorisation, copied = manifold.memorisation_of_distances(near.ours, near.theirs)
        return {
            "memorisation": (memorisation, lambda: intervals.memorisation_interval(*parts, seed=self.seed)),
            "copied": (copied, lambda: intervals.copied_interval(*parts, seed=self.seed)),
        }

    def _of_clips(self, measurement: Measurement, clips: ClipSet) -> Scored:
        """A measure that has a value per clip."""
        return measurement, lambda: intervals.interval_of_clips(measurement, clips.units, seed=self.seed)

    def _sides(self, clips: ClipSet) -> Sides:
        """What is drawn for an interval of a distance between these clips and the reference."""
        return Sides(clips.units, self.reference.units)
