"""Time every part of an evaluation of synthetic clips.

Run: python -m benchmarks.evaluation_speed [--clips 200] [--threads 2]

Prints seconds for one set, and the sum for a generated set and five anchors against one reference.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from wavegan_src.dsp import engine_features as engine
from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation import anchors
from wavegan_src.evaluation.measures import density as manifold
from wavegan_src.evaluation.measures import engine as engine_distances
from wavegan_src.evaluation.measures import fad as frechet
from wavegan_src.evaluation.measures import intervals
from wavegan_src.evaluation.measures import kad as kernel_distance
from wavegan_src.evaluation.measures import stoi_pesq_mcd as pairs
from wavegan_src.evaluation.measures.embeddings import embed_aisfx, embed_yamnet
from wavegan_src.evaluation.measures.pairing import align, pair

RATE = 22050
SETS = 6  # the generated clips and five anchors; three of them need intervals


def main() -> None:
    """Time each step once, after the first batch of each network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(0)
    count = options.clips
    generated, reference = pulsed_noise(count, rng), pulsed_noise(count, rng)
    embed_yamnet(reference[:16], RATE)
    embed_aisfx(reference[:16], RATE)
    total = 0.0

    def timed(name: str, work: Callable[[], object], times: int) -> None:
        nonlocal total
        start = time.perf_counter()
        work()
        seconds = time.perf_counter() - start
        total += times * seconds
        print(f"{name:28} {seconds:7.2f} s  x {times}   {1000 * seconds / count:7.1f} ms per clip", flush=True)

    timed("YAMNet", lambda: embed_yamnet(generated, RATE), SETS + 1)
    timed("aiSFX", lambda: embed_aisfx(generated, RATE), SETS + 1)
    timed("engine descriptors", lambda: engine.describe(generated, RATE, options.threads), SETS + 1)
    partners = pair(generated, reference, RATE)
    timed("pairing", lambda: pair(generated, reference, RATE), SETS)
    laid = [align(ours, reference[index], RATE) for ours, index in zip(generated, partners.indices, strict=True)]
    timed("alignment", lambda: [align(ours, ours, RATE) for ours in generated], SETS)
    for measure in pairs.PAIR_MEASURES:
        timed(
            measure, partial(pairs.measure_pairs, laid, RATE, count, measures=[measure], workers=options.threads), SETS
        )
    seen, known = embed_yamnet(generated, RATE), embed_yamnet(reference, RATE)
    heard, described = engine.describe(generated, RATE, options.threads), engine.describe(reference, RATE)
    timed("FAD", lambda: frechet.fad(seen, known), SETS)
    timed("FAD∞", lambda: frechet.fad_infinity(seen, known, 0), SETS)
    timed("KAD", lambda: kernel_distance.kad(seen, known), SETS)
    timed("density, coverage", lambda: manifold.density_coverage(seen.clip_means, known.clip_means), SETS)
    names = engine_distances.ENGINE_MEASURES
    timed("engine distances", lambda: [engine_distances.engine_distance(m, heard, described) for m in names], SETS)
    timed("engine intervals", lambda: [engine_distances.engine_interval(m, heard, described, seed=0) for m in names], 3)
    timed("FAD interval", lambda: intervals.fad_interval(seen, known, seed=0), 3)
    timed("FAD∞ interval", lambda: intervals.fad_infinity_interval(seen, known, seed=0), 3)
    timed("KAD interval", lambda: intervals.kad_interval(seen, known, seed=0), 3)
    timed("anchors", lambda: anchors.make_anchors(reference, RATE, count, seed=0, training=generated), 1)
    print(f"{'sum':28} {total:7.0f} s")


def pulsed_noise(count: int, rng: np.random.Generator) -> Clips:
    """Noise whose level follows a steady firing rate: (count, 2 s)."""
    t = np.arange(2 * RATE) / RATE
    swell = 1.1 + np.sin(2 * np.pi * rng.uniform(20, 100, count)[:, None] * t)
    return (0.05 * swell * rng.standard_normal((count, 2 * RATE))).astype(np.float32)


if __name__ == "__main__":
    main()
