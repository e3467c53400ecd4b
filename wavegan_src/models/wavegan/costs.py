"""Costs of both steps, calculated before anything runs: operations and memory.

Where PyTorch differentiates them (`gradients.AutogradGradients`), costs count the products of convolutions and dense
layers (a multiplication and an addition are two operations, taps on padding included) and the tensors that are kept for
a backward pass. Both are exact (`tests/models/wavegan/test_costs.py`). The memory of the hand-written passes is fitted.
"""

from dataclasses import dataclass

import torch

from wavegan_src.architectures.wavegan import LAYERS, STRIDE, TOTAL_STRIDE, base_length, channels
from wavegan_src.config_schema import Config
from wavegan_src.models.wavegan.gradients import uses_manual_gradients

BYTES = {"float32": 4, "bfloat16": 2}
INDEX_BYTES = 8
# Fitted to the peak memory of whole iterations by hand-written passes on a CPU (PyTorch 2.13 and its own kernels;
# d = 16, 32, 64, batches of 8 to 32), within 5 %: activations of a critic step for one clip, in forward passes through
# the network; copies of weights in the kernels' own layouts, as a share of all that training keeps; what the libraries
# take. Compiled kernels take a little less.
PASSES = 7.2
WORKSPACE_SHARE = 0.1
WORKSPACE_BYTES = 120 * 2**20
GPU_LIBRARY_BYTES = 2**30  # assumed, not measured: workspace of cuDNN and cuBLAS, and what the allocator cannot use


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


def activation_bytes(config: Config, clips: int, state_bytes: int, device: torch.device) -> int:
    """Memory of the most demanding step: see `registry.Entry`."""
    if uses_manual_gradients(config, device):
        return clips * _bytes_per_clip(config) + int(WORKSPACE_SHARE * state_bytes) + WORKSPACE_BYTES
    costs = step_costs(config)
    libraries = WORKSPACE_BYTES if device.type == "cpu" else GPU_LIBRARY_BYTES
    return clips * (costs.saved_bytes + costs.working_bytes) + costs.cast_bytes + libraries


def _bytes_per_clip(config: Config) -> int:
    """Memory that one clip adds to a critic step on a CPU: PASSES times the activations of one forward pass."""
    base = base_length(config.audio.audio_length_samples)
    layers = channels(config.model.model_dim)
    forward = sum(width * base * STRIDE**index for index, width in enumerate(layers))
    return int(PASSES * BYTES["float32"] * forward)
