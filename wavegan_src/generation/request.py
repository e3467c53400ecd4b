"""The options of `--generate-only` and related ones: parsed once, and checked before anything heavy is loaded."""

import re
from dataclasses import dataclass
from pathlib import Path

from wavegan_src.utils.errors import UserError

HIGHEST_SEED = 2**32 - 1  # also the highest training.seed
MOST_CLIPS = 100_000_000  # file names and disks end before seeds do
MOST_TRUNCATION = 1.0
MOST_SECONDS = 600.0
_INTERPOLATION = re.compile(r"(\d+):(\d+):(\d+)", re.ASCII)


def check_seeds(*seeds: int) -> None:
    """Check a seed, or the first and the last of several.

    Raises:
        UserError: one is out of range.
    """
    first, last = seeds[0], seeds[-1]
    if not 0 <= first <= last <= HIGHEST_SEED:
        named = f"seed {first} is" if first == last else f"seeds {first} to {last} are"
        raise UserError(f"The {named} out of range: give 0 to {HIGHEST_SEED}.")


@dataclass(frozen=True)
class Interpolation:
    """`count` clips from the seed `first` to the seed `last`, both included.

    Raises:
        UserError: the seeds are equal or out of range, or there are fewer than two clips.
    """

    first: int
    last: int
    count: int

    def __post_init__(self) -> None:
        if min(self.first, self.last) < 0 or max(self.first, self.last) > HIGHEST_SEED:
            raise UserError(f"--interpolate {self}: seeds go from 0 to {HIGHEST_SEED}.")
        if self.first == self.last:
            raise UserError(f"--interpolate {self}: the two seeds are the same, give two different seeds.")
        if self.count < 2:
            raise UserError(f"--interpolate {self}: both seeds are included, so give at least 2 clips.")

    def __str__(self) -> str:
        return f"{self.first}:{self.last}:{self.count}"


@dataclass(frozen=True)
class GenerationRequest:
    """The options of generating; None if an option was not given."""

    count: int | None = None
    checkpoint: Path | None = None
    latents: Path | None = None
    interpolation: Interpolation | None = None
    truncation: float | None = None
    seconds: float | None = None
    save_latents: bool = False
    seed: int | None = None
    data: str | None = None

    @property
    def is_made(self) -> bool:
        """Whether to generate at all; a latents file and an interpolation imply their number of clips."""
        return self.count is not None or self.latents is not None or self.interpolation is not None

    @property
    def factor(self) -> float:
        """The factor for latent vectors."""
        return 1.0 if self.truncation is None else self.truncation

    def selection(self, seed: int) -> range | Interpolation | Path:
        """The clips to render: seeds from `seed` on, the path between two seeds, or the rows of a file.

        Raises:
            UserError: there would be too many clips, or a seed would be too high.
        """
        if self.latents is not None:
            return self.latents
        if self.interpolation is not None:
            return self.interpolation
        assert self.count is not None
        if self.count > MOST_CLIPS:
            raise UserError(f"--generate-only {self.count}: at most {MOST_CLIPS} clips can be written at once.")
        if seed + self.count - 1 > HIGHEST_SEED:
            raise UserError(f"--seed {seed}: {self.count} clips need seeds beyond {HIGHEST_SEED}, give a smaller seed.")
        return range(seed, seed + self.count)

    def check(self) -> None:
        """Refuse options that contradict each other or are out of range.

        Raises:
            UserError: with the way out.
        """
        if not self.is_made:
            return
        if self.count is not None and self.count < 1:
            raise UserError(f"--generate-only {self.count}: give the number of clips to write, at least 1.")
        check_truncation(self.factor)
        check_seconds(self.seconds)
        if self.latents is not None:
            self._check_latents()
        if self.interpolation is not None:
            if self.seed is not None:
                raise UserError("--interpolate A:B:N already names two seeds: leave --seed out.")
            number = self.interpolation.count
            if self.count not in (None, number):
                raise UserError(
                    f"--generate-only {self.count} and --interpolate {self.interpolation} disagree on the number of "
                    f"clips: leave --generate-only out, or give {number}."
                )

    def check_count(self, found: int) -> None:
        """Refuse a number of clips that differs from the number of rows `found` in the latents file.

        Raises:
            UserError: with the way out.
        """
        if self.count not in (None, found):
            raise UserError(
                f"--generate-only {self.count}, but {self.latents} holds {found} latent vectors: leave "
                "--generate-only out, all are rendered."
            )

    def _check_latents(self) -> None:
        if self.interpolation is not None:
            raise UserError("--latents FILE and --interpolate A:B:N exclude each other: give one of them.")
        if self.seed is not None:
            raise UserError("--latents FILE replaces --seed: give one of them.")
        if self.save_latents:
            raise UserError("--latents FILE is already saved, so --save-latents has no use: give one of them.")


def parse_interpolation(text: str) -> Interpolation:
    """The two seeds and the number of clips of "A:B:N".

    Raises:
        UserError: the text has another form, or its numbers are no interpolation.
    """
    match = _INTERPOLATION.fullmatch(text)
    if match is None:
        raise UserError(f"--interpolate {text}: give two seeds and a number of clips, such as 3:17:8.")
    first, last, count = map(int, match.groups())
    return Interpolation(first, last, count)


def check_truncation(factor: float) -> None:
    """Refuse a factor outside (0, 1].

    Raises:
        UserError: with the way out.
    """
    if not 0 < factor <= MOST_TRUNCATION:  # false for NaN too
        raise UserError(f"--truncation {factor:g}: give a factor above 0 and at most {MOST_TRUNCATION:g}, such as 0.7.")


def check_seconds(seconds: float | None) -> None:
    """Refuse a length that no model can generate; None means the trained length.

    Raises:
        UserError: with the way out.
    """
    if seconds is not None and not 0 < seconds <= MOST_SECONDS:  # false for NaN too
        raise UserError(
            f"--seconds {seconds:g}: give a length above 0 and at most {MOST_SECONDS:g} seconds, such as 10."
        )
