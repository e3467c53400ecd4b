"""The paper's networks: six layers of stride 4, channels 32d ... d, any clip length; and their entry in the table.

The paper's 65536-sample networks (arXiv 1802.04208, appendix D) have a base length of 16; other clip lengths
change the base length only: 44100 samples need 4^6 x 11 = 45056, cropped or padded to the exact length.
"""

from wavegan_src.architectures.spec import ArchitectureSpec, CriticTerms, Sizes

LAYERS = 6
STRIDE = 4
TOTAL_STRIDE = 4096  # STRIDE ** LAYERS: samples of audio per step of the innermost layer


def base_length(audio_length: int) -> int:
    """Length of the innermost layer in time steps: the smallest that covers `audio_length` samples."""
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
    """First sample of the centred crop from the padded length to `audio_length`."""
    return (base_length(audio_length) * TOTAL_STRIDE - audio_length) // 2


def _problem(sizes: Sizes) -> str | None:
    narrowest = STRIDE * base_length(sizes.clip_samples)  # steps in the last shuffled layer
    if sizes.phase_shuffle < narrowest:
        return None
    return (
        f"model.phase_shuffle is {sizes.phase_shuffle}, but clips of {sizes.clip_samples} samples leave only "
        f"{narrowest} steps in the critic's fifth layer: use at most {narrowest - 1}, or longer clips"
    )


_TERMS = CriticTerms(
    estimate="Wasserstein estimate",
    share="its Wasserstein estimate",
    estimate_about="Rises while the critic learns, then should fall slowly. Its scale has no meaning.",
    run_summary="The Wasserstein estimate peaked at {peak} and is {last} over the last tenth of the run. Its scale is "
    "the critic's own: only a fall within one run means something.",
    losses_unit="critic's units",
    losses_about="",
    penalty="E[(‖∇D‖ − 1)²]",
    penalty_about="",
)

SPEC = ArchitectureSpec(
    name="wavegan",
    title="the paper's network",
    description="is the paper's network, which writes the waveform sample by sample",
    networks="wavegan_src.models.wavegan.entry",
    version=1,
    terms=_TERMS,
    estimates_distance=True,
    keys=frozenset(
        {
            "model.kernel_len",
            "model.phase_shuffle",
            "model.spectral_norm",
            "training.backend",
            "training.compile",
            "training.micro_batch_size",
            "training.precision",
        }
    ),
    alike=("model.kernel_len", "model.spectral_norm", "audio.audio_length_samples"),
    problem=_problem,
)
