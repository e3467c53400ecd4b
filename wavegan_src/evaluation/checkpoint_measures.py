"""The measures taken at every checkpoint: a cheap set, or nearly all of them.

Values only, and what KAD owes to each recording: anchors, intervals and verdicts belong to `evaluate`. A measure that
was not taken, or has no value, is None.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from wavegan_src.dsp.arrays import Clips, Floats
from wavegan_src.dsp.engine_features import EngineDescriptors, describe
from wavegan_src.evaluation.inputs.screening import screen
from wavegan_src.evaluation.measures.density import copy_profile, density_coverage, memorisation
from wavegan_src.evaluation.measures.embeddings import (
    Embeddings,
    embed_aisfx,
    embed_together,
    embed_yamnet,
    engine_tag_rate,
)
from wavegan_src.evaluation.measures.engine import engine_distance
from wavegan_src.evaluation.measures.fad import fad
from wavegan_src.evaluation.measures.jackknife import Jackknife, kad_left_out
from wavegan_src.evaluation.measures.kad import kad
from wavegan_src.evaluation.measures.measurement import Measurement
from wavegan_src.evaluation.measures.pairing import align, pair
from wavegan_src.evaluation.measures.stoi_pesq_mcd import measure_pairs
from wavegan_src.metrics import Extent, taken_at
from wavegan_src.utils.processes.group import ALONE, Group

Values = dict[str, float | None]

CHECKPOINT_MEASURES = taken_at("full", "embeddings", "aisfx", "pairs", "engine", "copies")
CHEAP_CLIPS = 16  # generated clips: STOI and MCD of so many take half a second, aiSFX takes one


class CheckpointMeasures:
    """Compares sets of generated clips with the same real clips; the real side is analysed once."""

    def __init__(
        self,
        reference: Clips,
        training: Clips,
        rate: int,
        extent: Extent,
        originals: Iterable[Clips] | None = None,
        recordings: Sequence[str | int] | None = None,
        group: Group = ALONE,
    ):
        """Analyse the real clips, each set `(clips, time)`.

        Args:
            reference: held-out clips to compare with.
            training: as many training clips; their scores are what a perfect generator would reach.
            rate: samples per second.
            extent: which measures to take.
            originals: training clips, in portions, that generated clips may be copies of; `training` if None.
            recordings: of each held-out clip; each is its own if None.
            group: of processes that embed generated clips together.

        Raises:
            UserError: the clips are too short or their rate is too low to judge.
        """
        self._rate = rate
        self._group = group
        self._extent = extent
        usable = screen(reference, rate, "validation")
        self._reference = usable.clips
        labels = range(len(reference)) if recordings is None else recordings
        self._recordings = [labels[index] for index in usable.indices]
        self._training = screen(training, rate, "training").clips
        self._embedded: Embeddings | None = None
        self._by_aisfx: Embeddings | None = None
        self._described: EngineDescriptors | None = None
        if extent != "none":
            self._embedded = embed_yamnet(self._reference, rate)
            self._by_aisfx = embed_aisfx(self._reference, rate)
            self._reference_profile = copy_profile(self._reference, rate)
            self._original_profile = self._profile(originals if originals is not None else [training])
        if taken_at(extent, "engine"):
            self._described = describe(self._reference, rate, workers=1)

    def real(self) -> Values:
        """The embedding distances of the training clips: what a perfect generator would score."""
        if self._embedded is None:
            return {}
        measured = self._embedding_measures(embed_yamnet(self._training, self._rate))
        return self._values(measured | self._aisfx_measures(embed_aisfx(self._training, self._rate)))

    def measure(self, generated: Clips) -> Values:
        """All of `CHECKPOINT_MEASURES` of generated clips `(clips, time)`; None where not taken or without a value."""
        return self.measure_and_leave_out(generated)[0]

    def measure_and_leave_out(self, generated: Clips) -> tuple[Values, Jackknife | None]:
        """The same, and KAD without each group of clips."""
        values: Values = dict.fromkeys(CHECKPOINT_MEASURES)
        usable = screen(generated, self._rate, "generated")
        clips = usable.clips
        if self._embedded is None or not len(clips):
            return values, None
        some = clips[:CHEAP_CLIPS] if self._extent == "cheap" else clips
        embedded = embed_together(self._group, embed_yamnet, clips, self._rate)
        taken = self._embedding_measures(embedded) | self._copy_measures(clips) | self._engine_measures(clips)
        by_aisfx = embed_together(self._group, embed_aisfx, some, self._rate)
        taken |= self._aisfx_measures(by_aisfx) | self._pair_measures(some)
        left_out = kad_left_out(embedded, self._embedded, usable.indices.tolist(), self._recordings)
        return values | self._values(taken), left_out

    def _embedding_measures(self, ours: Embeddings) -> dict[str, Measurement]:
        assert self._embedded is not None
        theirs = self._embedded
        density, coverage = density_coverage(ours.clip_means, theirs.clip_means)
        found = (kad(ours, theirs), fad(ours, theirs), density, coverage, engine_tag_rate(ours))
        return {measurement.measure: measurement for measurement in found}

    def _aisfx_measures(self, ours: Embeddings) -> dict[str, Measurement]:
        assert self._by_aisfx is not None
        theirs = self._by_aisfx
        return {"kad_aisfx": kad(ours, theirs, "kad_aisfx"), "fad_aisfx": fad(ours, theirs, "fad_aisfx")}

    def _pair_measures(self, clips: Clips) -> dict[str, Measurement]:
        partners = pair(clips, self._reference, self._rate)
        pairs = [
            align(clip, self._reference[index], self._rate) for clip, index in zip(clips, partners.indices, strict=True)
        ]
        wanted = taken_at(self._extent, "pairs")
        return measure_pairs(pairs, self._rate, len(self._reference), measures=wanted, workers=1)

    def _engine_measures(self, clips: Clips) -> dict[str, Measurement]:
        if self._described is None:
            return {}
        ours, theirs = describe(clips, self._rate, workers=1), self._described
        return {name: engine_distance(name, ours, theirs) for name in taken_at(self._extent, "engine")}

    def _copy_measures(self, clips: Clips) -> dict[str, Measurement]:
        ours = copy_profile(clips, self._rate)
        found = memorisation(ours, self._reference_profile, self._original_profile)
        return {measurement.measure: measurement for measurement in found}

    def _profile(self, portions: Iterable[Clips]) -> Floats:
        profiles = [copy_profile(screen(portion, self._rate, "training").clips, self._rate) for portion in portions]
        return np.concatenate(profiles)

    @staticmethod
    def _values(taken: Mapping[str, Measurement]) -> Values:
        return {name: measurement.value for name, measurement in taken.items()}
