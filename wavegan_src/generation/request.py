"""What `--generate-only` and its companions ask for, checked before anything heavy is loaded or written."""

import re
from dataclasses import dataclass
from pathlib import Path

from wavegan_src.utils.errors import UserError

HIGHEST_SEED = 2**32 - 1  # of the configuration's training.seed as well
MOST_TRUNCATION = 1.0
MOST_SECONDS = 600.0
_PATH = re.compile(r"(\d+):(\d+):(\d+)", re.ASCII)


@dataclass(frozen=True)
class GenerationRequest:
    """The options of generating; None where one was not given."""

    count: int | None = None
    checkpoint: Path | None = None
    latents: Path | None = None
    interpolate: str | None = None
    truncation: float | None = None
    seconds: float | None = None
    save_latents: bool = False
    seed: int | None = None
    data: str | None = None

    @property
    def is_made(self) -> bool:
        """Whether anything is to be generated: a file of latents and an interpolation tell the number themselves."""
        return self.count is not None or self.latents is not None or self.interpolate is not None

    @property
    def factor(self) -> float:
        """What latent vectors are multiplied with."""
        return 1.0 if self.truncation is None else self.truncation

    def check(self) -> None:
        """Refuse what means nothing or contradicts itself.

        Raises:
            UserError: with the way out.
        """
        if not self.is_made:
            self._check_training()
            return
        if self.count is not None and self.count < 1:
            raise UserError(f"--generate-only {self.count}: give the number of clips to write, at least 1.")
        if self.truncation is not None and not 0 < self.truncation <= MOST_TRUNCATION:  # false for NaN too
            raise UserError(
                f"--truncation {self.truncation:g}: give a factor above 0 and at most {MOST_TRUNCATION:g}, such as 0.7."
            )
        if self.seconds is not None and not 0 < self.seconds <= MOST_SECONDS:  # false for NaN too
            raise UserError(
                f"--seconds {self.seconds:g}: give a length above 0 and at most {MOST_SECONDS:g} seconds, such as 10."
            )
        if self.latents is not None:
            self._check_latents()
        if self.interpolate is not None:
            if self.seed is not None:
                raise UserError("--interpolate A:B:N names its own two seeds: leave --seed out.")
            number = parse_interpolation(self.interpolate)[2]
            if self.count not in (None, number):
                raise UserError(
                    f"--generate-only {self.count} and --interpolate {self.interpolate} disagree on the number of "
                    f"clips: leave --generate-only out, or give {number}."
                )

    def _check_training(self) -> None:
        if self.checkpoint is not None:
            trains = "training resumes from its own newest checkpoint, and --init starts a new one from a model"
            raise UserError(f"--checkpoint goes with --generate-only N; {trains}.")
        for option, given in (
            ("--truncation", self.truncation is not None),
            ("--seconds", self.seconds is not None),
            ("--save-latents", self.save_latents),
        ):
            if given:
                raise UserError(f"{option} goes with generating: add --generate-only N.")

    def _check_latents(self) -> None:
        if self.interpolate is not None:
            raise UserError("--latents FILE and --interpolate A:B:N each say what to render: give one of them.")
        if self.seed is not None:
            raise UserError("--latents FILE takes the place of --seed: give one of them.")
        if self.save_latents:
            raise UserError("--save-latents keeps what seeds give, --latents FILE is kept already: give one of them.")


def parse_interpolation(text: str) -> tuple[int, int, int]:
    """The two seeds and the number of clips of "A:B:N".

    Raises:
        UserError: it is not that, the seeds are equal or too large, or there are fewer than two clips.
    """
    match = _PATH.fullmatch(text)
    if match is None:
        raise UserError(f"--interpolate {text}: give two seeds and a number of clips, such as 3:17:8.")
    first, last, count = map(int, match.groups())
    if max(first, last) > HIGHEST_SEED:
        raise UserError(f"--interpolate {text}: seeds go from 0 to {HIGHEST_SEED}.")
    if first == last:
        raise UserError(f"--interpolate {text}: nothing lies between a seed and itself, give two different seeds.")
    if count < 2:
        raise UserError(f"--interpolate {text}: the path has two ends, give at least 2 clips.")
    return first, last, count
