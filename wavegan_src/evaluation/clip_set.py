"""A set of clips and everything the measures need from it, each computed on first use."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cached_property

import numpy as np

from wavegan_src.dsp.arrays import Clips, Floats
from wavegan_src.dsp.engine_features import EngineDescriptors, describe
from wavegan_src.evaluation.measures.bootstrap import Units, units_of
from wavegan_src.evaluation.measures.density import copy_profile
from wavegan_src.evaluation.measures.embeddings import (
    Embedder,
    Embeddings,
    embed_aisfx,
    embed_together,
    embed_yamnet,
)
from wavegan_src.evaluation.measures.two_sample import features as two_sample
from wavegan_src.evaluation.store import Store
from wavegan_src.utils.processes.sharing import sharers

ReportProgress = Callable[[str, int], None]
"""Called with a stage of the work (a key of `protocol.COSTS`) and how many more clips passed it."""


class ClipSet:
    """Usable clips of one rate, and their embeddings, descriptions and profiles; the costly ones go to the store."""

    def __init__(
        self,
        clips: Callable[[], Clips],
        rate: int,
        key: str,
        store: Store,
        workers: int | None,
        report_progress: ReportProgress,
        recordings: Callable[[], Sequence[str] | None] = lambda: None,
    ) -> None:
        self._make = clips
        self._recordings = recordings
        self.rate = rate
        self.key = key
        self.store = store
        self.workers = workers
        self.report_progress = report_progress
        self._others: dict[str, Embeddings] = {}

    @cached_property
    def clips(self) -> Clips:
        """(clips, time)."""
        return self._make()

    @cached_property
    def units(self) -> Units:
        """What is drawn for an interval: recordings, or clips where those are not known or all are of one."""
        recordings = self._recordings()
        return len(self.clips) if recordings is None else units_of(recordings)

    @cached_property
    def labels(self) -> Sequence[str]:
        """The recording of each clip; where that is not known, each clip is its own."""
        return self._recordings() or [f"{self.key} {index}" for index in range(len(self.clips))]

    @cached_property
    def embeddings(self) -> Embeddings:
        """YAMNet's embeddings of the clips."""
        return self._embedded("yamnet", "YAMNet", embed_yamnet)

    @cached_property
    def aisfx(self) -> Embeddings:
        """aiSFX's embeddings of the clips."""
        return self._embedded("aisfx", "aiSFX", embed_aisfx)

    def _embedded(self, stage: str, network: str, embed: Embedder) -> Embeddings:
        kept = self.store.arrays(stage, self.key)
        if kept is not None:
            return Embeddings(kept["patches"], kept["scores"], network)
        made = embed_together(sharers(), embed, self.clips, self.rate, progress=self._steps(stage))
        self.store.keep_arrays({"patches": made.patches, "scores": made.scores}, stage, self.key)
        return made

    def embeddings_of(self, network: str, embed: Embedder) -> Embeddings:
        """Another network's embeddings of the clips."""
        if network not in self._others:
            kept = self.store.arrays(network, self.key)
            patches = kept["patches"] if kept is not None else embed(self.clips, self.rate).patches
            if kept is None:
                self.store.keep_arrays({"patches": patches}, network, self.key)
            nothing = np.empty((len(patches), 0), dtype=np.float32)
            self._others[network] = Embeddings(patches, nothing, network)
        return self._others[network]

    @cached_property
    def descriptors(self) -> EngineDescriptors:
        """Firing rate, orders, harmonics and modulation of the clips."""
        names = [field.name for field in fields(EngineDescriptors)]
        kept = self.store.arrays("describe", self.key)
        if kept is not None and set(kept) == set(names):
            return EngineDescriptors(**kept)
        made = describe(self.clips, self.rate, self.workers, self._steps("describe"))
        self.store.keep_arrays({name: getattr(made, name) for name in names}, "describe", self.key)
        return made

    @cached_property
    def described(self) -> two_sample.Described:
        """What the classifiers of the two-sample test are given of the clips."""
        return two_sample.describe(self.clips, self.rate, self.workers, self._steps("two_sample"))

    @cached_property
    def copy_profile(self) -> Floats:
        """Features in which a copy stays close to its original."""
        kept = self.store.arrays("profile", self.key)
        if kept is not None:
            return np.asarray(kept["profile"])
        made = copy_profile(self.clips, self.rate)
        self.store.keep_arrays({"profile": made}, "profile", self.key)
        return made

    def _steps(self, stage: str) -> Callable[[int], None]:
        """A callback that takes the number of clips done so far and reports how many are new."""
        done = 0

        def report(count: int) -> None:
            nonlocal done
            self.report_progress(stage, count - done)
            done = count

        return report
