"""Sizes shared by the generator and the critic: six layers of stride 4, channels 32d ... d, any clip length.

The paper's 65536-sample networks (arXiv 1802.04208, appendix D) have a base length of 16; other clip lengths
change the base length only: 44100 samples need 4^6 x 11 = 45056, cropped or padded to the exact length.
"""

LAYERS = 6
STRIDE = 4
TOTAL_STRIDE = 4096  # STRIDE ** LAYERS: samples of audio per step of the innermost layer


def base_length(audio_length: int) -> int:
    """Length in time steps of the innermost layer, the smallest that covers `audio_length` samples."""
    return -(-audio_length // TOTAL_STRIDE)


def channels(model_dim: int) -> list[int]:
    """Channels from the innermost layer to the waveform: [32d, 16d, 8d, 4d, 2d, d, 1]."""
    return [model_dim * 2**power for power in range(LAYERS - 1, -1, -1)] + [1]


def conv_padding(kernel_len: int) -> int:
    """Zero padding with which a stride-4 convolution maps 4M samples to exactly M."""
    return (kernel_len - 3) // 2


def output_padding(kernel_len: int) -> int:
    """Extra output samples with which the transposed convolution maps M samples to exactly 4M."""
    return STRIDE + 2 * conv_padding(kernel_len) - kernel_len


def crop_start(audio_length: int) -> int:
    """First sample of the centred crop of the padded length to `audio_length`."""
    return (base_length(audio_length) * TOTAL_STRIDE - audio_length) // 2
