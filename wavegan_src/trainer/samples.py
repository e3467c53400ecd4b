"""The clips in `samples/`: real ones for comparison, and the same latent vectors rendered throughout training."""

import time
from pathlib import Path

import numpy as np

from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset
from wavegan_src.generation.rendering import render
from wavegan_src.generation.writer import write_clip
from wavegan_src.models.gan import AnyGAN
from wavegan_src.utils.random import indexed_latents

LATENT_PURPOSE = "sample latents"
PREVIEW_AFTER_S = 45.0  # the first samples come within a minute, however long the first checkpoint takes


class SampleWriter:
    """Writes the audio clips of a run. File names say so if the training data is procedural rather than recorded."""

    def __init__(self, folder: Path, config: Config, dataset: ClipDataset):
        self._folder = folder
        self._config = config
        self._dataset = dataset
        output = config.output
        self._latents = indexed_latents(
            config.training.seed, LATENT_PURPOSE, 0, output.sample_count, config.model.latent_dim
        )

    def write_real(self) -> None:
        """Write as many validation clips as there are samples (training clips if none is held out)."""
        pool = self._dataset.validation if len(self._dataset.validation) else self._dataset.train
        count = min(self._config.output.sample_count, len(pool))
        chosen = pool[np.linspace(0, len(pool) - 1, count).round().astype(np.int64)]
        for number, clip in enumerate(self._dataset.audible(chosen), start=1):
            write_clip(self._folder / f"{real_prefix(self._dataset.procedural)}{number:02}.wav", clip, self._rate)

    def write_generated(self, gan: AnyGAN, epoch: int) -> str:
        """Render the fixed latent vectors after `epoch`; returns a glob pattern of the files."""
        return self._write(gan, generated_prefix(epoch, self._dataset.procedural))

    def write_preview(self, gan: AnyGAN) -> str:
        """Render the fixed latent vectors in the middle of an epoch, under names that say so."""
        return self._write(gan, f"first_minute_{_training_data(self._dataset.procedural)}")

    @property
    def _rate(self) -> int:
        return self._config.audio.sample_rate

    def _write(self, gan: AnyGAN, prefix: str) -> str:
        number = 0
        for batch in render(gan.ema_generator, self._latents, self._dataset.whitening):
            for clip in batch:
                number += 1
                write_clip(self._folder / f"{prefix}{number:02}.wav", clip, self._rate)
        return str(self._folder / f"{prefix}*.wav")


class PreviewTimer:
    """Reports once when it is time for a preview, if one is due at all."""

    def __init__(self, *, due: bool):
        self._at = time.monotonic() + PREVIEW_AFTER_S if due else None

    def is_due(self) -> bool:
        """True on the first call after the wait."""
        if self._at is None or time.monotonic() <= self._at:
            return False
        self._at = None
        return True

    def cancel(self) -> None:
        """Cancel the preview: it is no longer needed."""
        self._at = None


def real_prefix(procedural: bool) -> str:
    """Prefix of the file names of the clips to compare with."""
    return "procedural_stand_in_" if procedural else "real_"


def generated_prefix(epoch: int, procedural: bool) -> str:
    """Prefix of the file names of an epoch's rendered clips."""
    return f"epoch_{epoch:05}_{_training_data(procedural)}"


def _training_data(procedural: bool) -> str:
    return "from_procedural_" if procedural else ""
