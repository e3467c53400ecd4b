"""The sign of overfitting that adaptive augmentation follows: does the critic prefer the clips that it was trained on?

Measured on clips as they are, training, unseen and generated ones alike, although the critic is trained on transformed
ones. Both sides are then equal, which is what the difference needs; the figure means the same at every strength, so
that runs with and without augmentation compare; and it has no noise of the transformations in it.
"""

import torch

from wavegan_src.adversarial import Gan
from wavegan_src.dataset import ClipDataset
from wavegan_src.devices import upload
from wavegan_src.quality import mean_score, ratio
from wavegan_src.randomness import draw_latents, keyed_generator

CLIPS = 32  # of each kind, others each time


@torch.no_grad()
def measure_overfitting(wgan: Gan, dataset: ClipDataset) -> float | None:
    """(E[D(training)] - E[D(unseen)]) / (E[D(training)] - E[D(generated)]), r_v of arXiv 2006.06676, equation 1.

    About 0 where the critic treats unseen clips as training clips, 1 where it takes them for generated. The generator
    is the one in training, the critic's opponent; the averaged one may score above real clips.

    Returns:
        None without validation clips, or where the critic does not tell training from generated clips.
    """
    if not len(dataset.validation):
        return None
    seed, step = wgan.config.training.seed, wgan.iteration
    scores = []
    for name, indices in (("training", dataset.train), ("validation", dataset.validation)):
        order = torch.randperm(len(indices), generator=keyed_generator(seed, f"overfitting, {name}", step))
        scores.append(mean_score(wgan, [dataset.batch(indices[order[:CLIPS].numpy()])]))
    training, unseen = scores
    latents = draw_latents(seed, "overfitting, latents", step, CLIPS, wgan.config.model.latent_dim)
    generated = mean_score(wgan, [wgan.generator(upload(latents, wgan.device))])
    return ratio(training - unseen, training - generated)
