"""The baseline: WaveGAN with WGAN-GP, implemented straight from the papers in plain eager PyTorch.

Networks follow arXiv 1802.04208 (tables 3 and 4), the step arXiv 1704.00028 (algorithm 1): two scores, a penalty with
`torch.autograd.grad(create_graph=True)`, one backward pass, Adam. Nothing here is tuned, and nothing is slowed down. It
shares parameter names with the package, so that both can use the same weights, but no code.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class TextbookGenerator(nn.Module):
    """Latent vectors `(batch, latent_dim)` to waveforms `(batch, 1, time)`."""

    def __init__(self, latent_dim: int, model_dim: int, audio_length: int):
        super().__init__()
        self.audio_length = audio_length
        self.base_length = -(-audio_length // 4096)
        widths = [32 * model_dim, 16 * model_dim, 8 * model_dim, 4 * model_dim, 2 * model_dim, model_dim, 1]
        self.dense = nn.Linear(latent_dim, widths[0] * self.base_length)
        self.upsample = nn.ModuleList(
            nn.ConvTranspose1d(widths[i], widths[i + 1], 25, stride=4, padding=11, output_padding=1) for i in range(6)
        )

    def forward(self, z: Tensor) -> Tensor:
        """Generate."""
        x = F.relu(self.dense(z)).view(len(z), -1, self.base_length)
        for layer in self.upsample[:-1]:
            x = F.relu(layer(x))
        x = torch.tanh(self.upsample[-1](x))
        start = (x.shape[2] - self.audio_length) // 2
        return x[:, :, start : start + self.audio_length]


class TextbookCritic(nn.Module):
    """Waveforms `(batch, 1, time)` to scores `(batch, 1)`."""

    def __init__(self, model_dim: int, audio_length: int):
        super().__init__()
        base_length = -(-audio_length // 4096)
        missing = 4096 * base_length - audio_length
        self.padding = (missing // 2, missing - missing // 2)
        widths = [1, model_dim, 2 * model_dim, 4 * model_dim, 8 * model_dim, 16 * model_dim, 32 * model_dim]
        self.downsample = nn.ModuleList(nn.Conv1d(widths[i], widths[i + 1], 25, stride=4, padding=11) for i in range(6))
        self.dense = nn.Linear(widths[-1] * base_length, 1)

    def forward(self, x: Tensor, shifts: Tensor) -> Tensor:
        """Score, with phase shuffle's shifts `(5, batch)`."""
        x = F.pad(x, self.padding)
        for index, layer in enumerate(self.downsample):
            x = F.leaky_relu(layer(x), 0.2)
            if index < 5:
                x = phase_shuffle(x, shifts[index])
        score: Tensor = self.dense(x.flatten(1))
        return score


def phase_shuffle(x: Tensor, shifts: Tensor) -> Tensor:
    """Shift each clip's activations `(batch, channels, time)` in time, the gap filled by reflection."""
    shuffled = []
    for clip, shift in zip(x, shifts.tolist(), strict=True):
        if shift > 0:
            shuffled.append(F.pad(clip[:, :-shift], (shift, 0), mode="reflect"))
        elif shift < 0:
            shuffled.append(F.pad(clip[:, -shift:], (0, -shift), mode="reflect"))
        else:
            shuffled.append(clip)
    return torch.stack(shuffled)


class TextbookWGAN:
    """Both networks, their optimisers, and the two kinds of step; all random numbers are arguments."""

    def __init__(self, generator: TextbookGenerator, critic: TextbookCritic):
        self.generator = generator
        self.critic = critic
        self.generator_optimizer = torch.optim.Adam(generator.parameters(), lr=1e-4, betas=(0.5, 0.9))
        self.critic_optimizer = torch.optim.Adam(critic.parameters(), lr=1e-4, betas=(0.5, 0.9))

    def step_critic(self, real: Tensor, latents: Tensor, epsilon: Tensor, shifts: Sequence[Tensor]) -> Tensor:
        """One critic step; returns its loss."""
        loss = self.critic_gradients(real, latents, epsilon, shifts)
        self.critic_optimizer.step()
        return loss

    def step_generator(self, latents: Tensor, shifts: Tensor) -> Tensor:
        """One generator step; returns its loss."""
        loss = self.generator_gradients(latents, shifts)
        self.generator_optimizer.step()
        return loss

    def critic_gradients(self, real: Tensor, latents: Tensor, epsilon: Tensor, shifts: Sequence[Tensor]) -> Tensor:
        """Compute the critic's gradients; `shifts` are for real, fake and interpolated clips, `(5, batch)` each."""
        with torch.no_grad():
            fake = self.generator(latents)
        self.critic_optimizer.zero_grad()
        between = (epsilon * real + (1 - epsilon) * fake).requires_grad_()
        scores = self.critic(between, shifts[2])
        (slopes,) = torch.autograd.grad(scores.sum(), between, create_graph=True)
        penalty = ((slopes.flatten(1).norm(dim=1) - 1) ** 2).mean()
        loss: Tensor = self.critic(fake, shifts[1]).mean() - self.critic(real, shifts[0]).mean() + 10 * penalty
        torch.autograd.backward(loss)
        return loss.detach()

    def generator_gradients(self, latents: Tensor, shifts: Tensor) -> Tensor:
        """Compute the generator's gradients."""
        self.generator_optimizer.zero_grad()
        self.critic.requires_grad_(False)
        loss: Tensor = -self.critic(self.generator(latents), shifts).mean()
        torch.autograd.backward(loss)
        self.critic.requires_grad_(True)
        return loss.detach()
