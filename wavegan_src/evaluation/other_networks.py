"""Embeddings of VGGish, PANNs and CLAP, by the package `frechet-audio-distance` (the extra `fad`).

It needs torchaudio and, the first time, a network connection for the weights; so it is imported only when asked for.
"""

from collections.abc import Callable
from importlib import import_module

import numpy as np

from wavegan_src.errors import UserError
from wavegan_src.evaluation.clips import resample
from wavegan_src.evaluation.embeddings import Embedder, Embeddings
from wavegan_src.evaluation.measurement import Clips

# Name for people, name in the library, sample rate in Hz, size of an embedding.
NETWORKS = {
    "vggish": ("VGGish", "vggish", 16000, 128),
    "panns": ("PANNs", "pann", 16000, 2048),
    "clap": ("CLAP", "clap", 48000, 512),
}


def load_embedder(name: str) -> Embedder:
    """An embedder of one of `NETWORKS`.

    Raises:
        UserError: the library cannot be imported, or its weights cannot be had.
    """
    title, model, rate, size = NETWORKS[name]
    try:
        library = import_module("frechet_audio_distance")
        network = library.FrechetAudioDistance(model_name=model, sample_rate=rate, verbose=False)
    except Exception as error:
        raise UserError(
            f"{title} needs the extra `fad` (pip install frechet-audio-distance) and, the first time, a network "
            f"connection: {_first_line(error)}. FAD on YAMNet needs neither: leave out --embedding."
        ) from error

    def embed(clips: Clips, clip_rate: int, progress: Callable[[int], None] | None = None) -> Embeddings:
        pieces = []
        for clip in resample(clips, clip_rate, rate):
            pieces.append(np.asarray(network.get_embeddings([clip], rate), dtype=np.float32).reshape(-1, size))
            if progress is not None:
                progress(len(pieces))
        return Embeddings(np.stack(pieces), np.empty((len(pieces), 0), dtype=np.float32), title)

    return embed


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
