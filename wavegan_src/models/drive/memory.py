"""The engines of the clips last trained on: what new engines are drawn near, and the courses that they follow.

What the encoder says of clips is a better prior than a normal law (VampPrior: Tomczak and Welling, arXiv 1705.07120,
with training clips in the place of learnt inputs). Engines that are much alike lie in one direction, and are drawn
about as often as one: a rare engine is drawn more often than it has clips.
"""

import torch
from torch import Tensor, nn

from wavegan_src.data.batch import POINTS

REMEMBERED = 256  # engines
SCATTER = 0.5  # standard deviation of an engine's factors around those of the clip that it is near to
SHARPNESS = 12.0  # of the choice: most new engines are near one of these, some lie between two
_SHORTEST = 1e-6  # length of factors that have a direction


class Memory(nn.Module):
    """Factors of engines, and courses.

    Attributes:
        factors: `(REMEMBERED, components)`.
        courses: log2 of the working cycles per second, and the load: `(REMEMBERED, 2, POINTS)`.
    """

    factors: Tensor
    courses: Tensor

    def __init__(self, components: int, speed: float):
        """With engines of no special tone at a steady speed (log2 of cycles per second), half loaded."""
        super().__init__()
        self.register_buffer("factors", torch.zeros(REMEMBERED, components))
        self.register_buffer("courses", torch.tensor([speed, 0.5])[:, None].repeat(REMEMBERED, 1, POINTS))

    def remember(self, step: int, factors: Tensor, courses: Tensor) -> None:
        """Put the engines `(batch, components)` and courses `(batch, 2, POINTS)` of a step in place of the oldest."""
        count = len(factors)
        places = torch.arange(step * count, (step + 1) * count, device=factors.device)[-REMEMBERED:] % REMEMBERED
        self.factors[places] = factors[-REMEMBERED:].detach()
        self.courses[places] = courses[-REMEMBERED:].detach()

    def draw(self, normal: Tensor) -> Tensor:
        """Factors of new engines that standard normal vectors choose: `(batch, components)` of the same.

        Each is near the engines in whose directions its vector points farthest; the rest of the vector is how far it is
        from them, and where. So close vectors give close engines, and between two vectors lie engines like both.
        """
        directions, agreement = self.directions(), self._agreement(normal)
        chosen = torch.softmax(SHARPNESS * agreement, 1)
        rest = normal - (chosen * agreement) @ directions
        near: Tensor = chosen @ self.factors + SCATTER * rest
        return near

    def drawn_courses(self, normal: Tensor) -> Tensor:
        """The courses `(batch, 2, POINTS)` of the engines that such vectors are nearest to."""
        return self.courses[self._agreement(normal).argmax(1)]

    def courses_near(self, factors: Tensor) -> Tensor:
        """The courses `(batch, 2, POINTS)` of the engines with the nearest factors to `(batch, components)`."""
        return self.courses[torch.cdist(factors, self.factors).argmin(1)]

    def directions(self) -> Tensor:
        """Those of the engines' factors, of length 1, `(REMEMBERED, components)`; 0 where the factors are."""
        directions: Tensor = self.factors / self.factors.norm(dim=1, keepdim=True).clamp(min=_SHORTEST)
        return directions

    def _agreement(self, normal: Tensor) -> Tensor:
        return normal @ self.directions().T
