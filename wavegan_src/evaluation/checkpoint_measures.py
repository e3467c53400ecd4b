"""The measures that are cheap enough to be taken at every checkpoint, and the full set for those who ask for it.

Values only: anchors, intervals and verdicts are the business of `evaluate`. A measure that was not taken, or had no
value, is None.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np

from wavegan_src.dsp.arrays import Clips, Floats
from wavegan_src.dsp.engine_features import EngineDescriptors, describe
from wavegan_src.evaluation.measures.density import copy_profile, density_coverage, memorisation
from wavegan_src.evaluation.measures.embeddings import Embeddings, embed_yamnet, engine_tag_rate
from wavegan_src.evaluation.measures.engine import ENGINE_MEASURES, engine_distance
from wavegan_src.evaluation.measures.fad import fad
from wavegan_src.evaluation.measures.kad import kad
from wavegan_src.evaluation.measures.measurement import Measurement
from wavegan_src.evaluation.measures.pairing import align, pair
from wavegan_src.evaluation.measures.stoi_pesq_mcd import measure_pairs
from wavegan_src.evaluation.screening import screen

Extent = Literal["none", "cheap", "full"]
Values = dict[str, float | None]

EMBEDDING_MEASURES = ("kad", "fad", "density", "coverage", "engine_tag_rate")
PAIR_MEASURES = ("stoi", "pesq", "mcd", "mcd_dtw")
COPY_MEASURES = ("memorisation", "copied")
CHECKPOINT_MEASURES = (*EMBEDDING_MEASURES, *PAIR_MEASURES, *ENGINE_MEASURES, *COPY_MEASURES)
CHEAP_PAIRS = 16  # STOI and MCD of that many clips take half a second
CHEAP_PAIR_MEASURES = ("stoi", "mcd")


class CheckpointMeasures:
    """Compares sets of generated clips with the same real clips; the real side is analysed once."""

    def __init__(
        self,
        reference: Clips,
        training: Clips,
        rate: int,
        extent: Extent,
        originals: Iterable[Clips] | None = None,
    ):
        """Analyse the real clips, each set `(clips, time)`.

        Args:
            reference: held-out clips to compare with.
            training: as many training clips, which tell what a perfect generator would score.
            rate: samples per second.
            extent: which measures to take.
            originals: many training clips, in portions, to look for copies of; those of `training` if None.

        Raises:
            UserError: the clips are too short or their rate is too low to judge.
        """
        self._rate = rate
        self._extent = extent
        self._reference = screen(reference, rate, "validation").clips
        self._training = screen(training, rate, "training").clips
        self._embedded: Embeddings | None = None
        self._described: EngineDescriptors | None = None
        if extent != "none":
            self._embedded = embed_yamnet(self._reference, rate)
            self._reference_profile = copy_profile(self._reference, rate)
            self._original_profile = self._profile(originals if originals is not None else [training])
        if extent == "full":
            self._described = describe(self._reference, rate, workers=1)

    def real(self) -> Values:
        """The embedding distances of the training clips: what a perfect generator would score."""
        return self._values(self._embedding_measures(self._training)) if self._embedded is not None else {}

    def measure(self, generated: Clips) -> Values:
        """All of `CHECKPOINT_MEASURES` of generated clips `(clips, time)`; None where not taken or without a value."""
        values: Values = dict.fromkeys(CHECKPOINT_MEASURES)
        clips = screen(generated, self._rate, "generated").clips
        if self._extent == "none" or not len(clips):
            return values
        taken = self._embedding_measures(clips) | self._copy_measures(clips)
        if self._extent == "cheap":
            taken |= self._pair_measures(clips[:CHEAP_PAIRS], CHEAP_PAIR_MEASURES)
        else:
            taken |= self._pair_measures(clips, PAIR_MEASURES)
            taken |= self._engine_measures(clips)
        return values | self._values(taken)

    def _embedding_measures(self, clips: Clips) -> dict[str, Measurement]:
        assert self._embedded is not None
        ours, theirs = embed_yamnet(clips, self._rate), self._embedded
        density, coverage = density_coverage(ours.clip_means, theirs.clip_means)
        found = (kad(ours, theirs), fad(ours, theirs), density, coverage, engine_tag_rate(ours))
        return {measurement.measure: measurement for measurement in found}

    def _pair_measures(self, clips: Clips, measures: tuple[str, ...]) -> dict[str, Measurement]:
        partners = pair(clips, self._reference, self._rate)
        pairs = [
            align(clip, self._reference[index], self._rate) for clip, index in zip(clips, partners.indices, strict=True)
        ]
        return measure_pairs(pairs, self._rate, len(self._reference), measures=measures, workers=1)

    def _engine_measures(self, clips: Clips) -> dict[str, Measurement]:
        assert self._described is not None
        ours = describe(clips, self._rate, workers=1)
        return {name: engine_distance(name, ours, self._described) for name in ENGINE_MEASURES}

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
