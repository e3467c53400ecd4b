"""Embeddings of clips: what the distribution distances compare, and what the network itself hears in a clip."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Clips, Floats, Indices
from wavegan_src.dsp.clips import resample
from wavegan_src.evaluation.measures.measurement import Measurement
from wavegan_src.evaluation.measures.networks import aisfx, yamnet
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.group import Group

BATCH_SIZE = 16

# AudioSet's classes of machines with a combustion engine: the branches Vehicle and Engine without sirens, horns, tyres,
# rails, sails and electric tools.
ENGINE_CLASSES = frozenset(
    {
        "Vehicle", "Boat, Water vehicle", "Motorboat, speedboat", "Motor vehicle (road)", "Car", "Car passing by",
        "Race car, auto racing", "Truck", "Bus", "Motorcycle", "Traffic noise, roadway noise", "Aircraft",
        "Aircraft engine", "Propeller, airscrew", "Helicopter", "Fixed-wing aircraft, airplane", "Engine",
        "Light engine (high frequency)", "Lawn mower", "Chainsaw", "Medium engine (mid frequency)",
        "Heavy engine (low frequency)", "Engine knocking", "Engine starting", "Idling", "Accelerating, revving, vroom",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Embeddings:
    """A set of clips as a network sees it.

    Attributes:
        patches: an embedding per piece of a clip: (clips, patches, size).
        scores: the network's class probabilities per clip, mean over the pieces: (clips, classes), perhaps of no class.
        network: its name, which belongs to every score made from it.
    """

    patches: NDArray[np.float32]
    scores: NDArray[np.float32]
    network: str

    def __len__(self) -> int:
        return len(self.patches)

    @property
    def clip_means(self) -> Floats:
        """One embedding per clip, the mean over its pieces: (clips, size)."""
        return np.asarray(self.patches.mean(axis=1, dtype=np.float64))

    def take(self, indices: Indices) -> "Embeddings":
        """Those clips, in that order."""
        return Embeddings(self.patches[indices], self.scores[indices], self.network)


Report = Callable[[int], None]
"""Called with the number of clips done so far."""


class Embedder(Protocol):
    """What a network offers: clips and their rate in, `Embeddings` out."""

    def __call__(self, clips: Clips, rate: int, *, progress: Report | None = None) -> Embeddings:
        """Embed usable clips (clips, time) in [-1, 1]."""


def embed_yamnet(
    clips: Clips, rate: int, batch_size: int = BATCH_SIZE, *, progress: Report | None = None
) -> Embeddings:
    """Embed usable clips (see `screening.screen`) with YAMNet.

    Args:
        clips: (clips, time) in [-1, 1]; the level matters to YAMNet.
        rate: samples per second; other rates than 16 kHz are resampled.
        batch_size: clips at once.
        progress: called with the number of clips done after each batch.
    """
    net = yamnet.load()
    scores, patches = [], []
    for batch in _batches(clips, rate, yamnet.RATE, batch_size, progress):
        batch_scores, batch_patches = yamnet.forward(net, batch)
        scores.append(batch_scores.mean(axis=1))
        patches.append(batch_patches)
    if not patches:
        empty = np.empty((0, 1, yamnet.EMBEDDING_SIZE), dtype=np.float32)
        return Embeddings(empty, np.empty((0, len(yamnet.class_names())), dtype=np.float32), "YAMNet")
    return Embeddings(np.concatenate(patches), np.concatenate(scores), "YAMNet")


def embed_aisfx(clips: Clips, rate: int, batch_size: int = BATCH_SIZE, *, progress: Report | None = None) -> Embeddings:
    """Embed usable clips with aiSFX; its classifiers are left out, so that there are no scores.

    Args:
        clips: (clips, time) in [-1, 1]; the level matters to aiSFX.
        rate: samples per second; other rates than 44.1 kHz are resampled.
        batch_size: clips at once.
        progress: called with the number of clips done after each batch.
    """
    net = aisfx.load()
    patches = [aisfx.forward(net, batch) for batch in _batches(clips, rate, aisfx.RATE, batch_size, progress)]
    empty = np.empty((0, 1, aisfx.EMBEDDING_SIZE), dtype=np.float32)
    return Embeddings(np.concatenate(patches or [empty]), np.empty((len(clips), 0), dtype=np.float32), "aiSFX")


def _batches(clips: Clips, rate: int, wanted: int, size: int, progress: Report | None) -> Iterator[Clips]:
    """The clips at another rate, `size` at a time; tells how many are done whenever the next ones are asked for."""
    for start in range(0, len(clips), size):
        batch = resample(clips[start : start + size], rate, wanted)
        yield batch
        if progress is not None:
            progress(start + len(batch))


class Piece(NamedTuple):
    """Clips `(clips, time)` of a rate for a network."""

    network: Embedder
    clips: Clips
    rate: int


def embed_each(own: object, pieces: list[Piece]) -> list[Embeddings]:
    """What the networks see in pieces of a set; see `Group.split`."""
    del own
    return [piece.network(piece.clips, piece.rate) for piece in pieces]


def embed_together(
    group: Group, network: Embedder, clips: Clips, rate: int, *, progress: Report | None = None
) -> Embeddings:
    """What a network of a module sees in clips; processes take whole batches, so the bytes are those of one process."""
    if group.size == 1 or not len(clips):
        return network(clips, rate, progress=progress)
    parts: list[Embeddings] = []
    for first in range(0, len(clips), BATCH_SIZE * group.size):
        stop = min(len(clips), first + BATCH_SIZE * group.size)
        starts = range(first, stop, BATCH_SIZE)
        pieces = [Piece(network, clips[start : min(stop, start + BATCH_SIZE)].copy(), rate) for start in starts]
        parts += group.split(embed_each, pieces)
        if progress is not None:
            progress(stop)
    patches, scores = ([getattr(part, name) for part in parts] for name in ("patches", "scores"))
    return Embeddings(np.concatenate(patches), np.concatenate(scores), parts[0].network)


def top_classes(embeddings: Embeddings) -> list[str]:
    """The class that YAMNet gives the highest probability, per clip."""
    names = yamnet.class_names()
    return [names[index] for index in embeddings.scores.argmax(axis=1)] if len(embeddings) else []


def engine_tag_rate(embeddings: Embeddings) -> Measurement:
    """The share of clips whose top class is an engine or a vehicle (`ENGINE_CLASSES`), from 0 to 1."""
    return Measurement.of_clips("engine_tag_rate", [float(name in ENGINE_CLASSES) for name in top_classes(embeddings)])


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
    title, model, network_rate, size = NETWORKS[name]
    try:
        library = import_module("frechet_audio_distance")
        network = library.FrechetAudioDistance(model_name=model, sample_rate=network_rate, verbose=False)
    except Exception as error:
        raise UserError(
            f"{title} needs the extra `fad` (pip install frechet-audio-distance) and, the first time, a network "
            f"connection: {_first_line(error)}. FAD on YAMNet needs neither: leave out --embedding."
        ) from error

    def embed(clips: Clips, rate: int, *, progress: Report | None = None) -> Embeddings:
        pieces = []
        for clip in resample(clips, rate, network_rate):
            pieces.append(np.asarray(network.get_embeddings([clip], network_rate), dtype=np.float32).reshape(-1, size))
            if progress is not None:
                progress(len(pieces))
        return Embeddings(np.stack(pieces), np.empty((len(pieces), 0), dtype=np.float32), title)

    return embed


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
