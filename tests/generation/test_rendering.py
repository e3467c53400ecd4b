import torch
from torch import nn

from wavegan_src.config_schema import Config
from wavegan_src.data.whitening import Whitening
from wavegan_src.generation.rendering import RENDER_BATCH, render
from wavegan_src.generator import Generator


class Recorder(nn.Module):
    """Stands for a generator: remembers the batch sizes it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.sizes: list[int] = []

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        self.sizes.append(len(z))
        return (z.repeat(1, 50) * 0.1 * self.weight)[:, None]


def test_batches_are_bounded_and_in_order() -> None:
    generator = Recorder()
    latents = torch.randn(2 * RENDER_BATCH + 3, 4)
    clips = torch.cat(list(render(generator, latents, None)))
    assert generator.sizes == [RENDER_BATCH, RENDER_BATCH, 3]
    torch.testing.assert_close(clips, latents.repeat(1, 50) * 0.1)
    assert not clips.requires_grad


def test_what_was_rendered_is_not_overwritten_and_is_the_plain_modules(tiny_config: Config) -> None:
    generator = Generator(tiny_config.model, tiny_config.audio.audio_length_samples).requires_grad_(False)
    latents = torch.randn(2 * RENDER_BATCH + 3, tiny_config.model.latent_dim)
    wanted = generator(latents).squeeze(1)
    torch.testing.assert_close(torch.cat(list(render(generator, latents, None))), wanted)


def test_weights_that_are_being_trained_stay_as_they_lie(tiny_config: Config) -> None:
    generator = Generator(tiny_config.model, tiny_config.audio.audio_length_samples)
    strides = [parameter.stride() for parameter in generator.parameters()]
    latents = torch.randn(3, tiny_config.model.latent_dim)
    (clips,) = render(generator, latents, None)
    assert [parameter.stride() for parameter in generator.parameters()] == strides
    torch.testing.assert_close(clips, generator(latents).detach().squeeze(1))


def test_the_spectrum_is_given_back() -> None:
    whitening = Whitening(torch.linspace(20, -20, 128))
    latents = torch.randn(3, 4)
    (plain,), (coloured,) = (list(render(Recorder(), latents, w)) for w in (None, whitening))
    torch.testing.assert_close(coloured, whitening.invert(plain))
