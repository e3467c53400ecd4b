"""Calculated costs of both steps when PyTorch differentiates them (`gradients.AutogradGradients`).

They count the products of convolutions and dense layers (a multiplication and an addition are two operations, taps on
padding included) and the tensors that are kept for a backward pass. Both are exact
(`tests/models/wavegan/test_costs.py`).
"""

from dataclasses import dataclass

from wavegan_src.architectures.wavegan import LAYERS, STRIDE, TOTAL_STRIDE, base_length, channels
from wavegan_src.config_schema import Config

BYTES = {"float32": 4, "bfloat16": 2}
INDEX_BYTES = 8


@dataclass(frozen=True)
class StepCosts:
    """Costs of one clip, and of the weights, from which those of a batch follow.

    Attributes:
        critic_flops: floating-point operations of a critic step for each real clip (and its fake and interpolate).
        generator_flops: of a generator step for each fake clip.
        saved_bytes: kept for the backward pass of a generator step, for each clip; a critic step keeps less.
        cast_bytes: copies of both networks' convolution weights in a reduced precision, whatever the batch.
        working_bytes: the largest tensors of a backward pass at work, for each clip.
    """

    critic_flops: int
    generator_flops: int
    saved_bytes: int
    cast_bytes: int
    working_bytes: int


def step_costs(config: Config) -> StepCosts:
    """Compute the costs for a configuration."""
    model, samples = config.model, config.audio.audio_length_samples
    base, widths = base_length(samples), channels(model.model_dim)
    lengths = [base * STRIDE**layer for layer in range(LAYERS)]  # inner side of each layer, from the innermost out
    kernels = [widths[layer] * widths[layer + 1] * model.kernel_len for layer in range(LAYERS)]
    layers = [2 * kernel * length for kernel, length in zip(kernels, lengths, strict=True)]
    convolutions, outermost = sum(layers), layers[-1]  # of either network: one mirrors the other
    top = widths[0] * base
    score, latent = 2 * top, 2 * top * model.latent_dim
    activations = [width * length for width, length in zip(widths, lengths, strict=False)]
    size = BYTES[config.training.precision]
    shifts = INDEX_BYTES * (LAYERS - 1) if model.phase_shuffle else 0
    return StepCosts(
        critic_flops=(latent + convolutions)  # fakes
        + 2 * (3 * convolutions - outermost + 3 * score)  # scores, forwards and backwards but for the waveform's own
        + 4 * convolutions,  # penalty: slopes, input gradient, its tangent, weights
        generator_flops=(2 * latent + 3 * convolutions) + (2 * convolutions + 2 * score),
        # Each activation of the generator; of the critic before LeakyReLU and after the shift; both waveforms.
        saved_bytes=size * (3 * sum(activations) - top + samples + base * TOTAL_STRIDE + model.latent_dim) + shifts,
        cast_bytes=0 if size == BYTES["float32"] else 2 * size * sum(kernels),
        # The gradient above a shift, its two reads of it and their sum, at the outermost layer.
        working_bytes=4 * size * max(activations),
    )
