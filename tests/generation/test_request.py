from pathlib import Path

import pytest

from wavegan_src.generation.request import (
    HIGHEST_SEED,
    GenerationRequest,
    Interpolation,
    check_seeds,
    parse_interpolation,
)
from wavegan_src.utils.errors import UserError

FILE = Path("z.npy")
WAY = Interpolation(1, 2, 3)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (GenerationRequest(count=0), "at least 1"),
        *(
            (GenerationRequest(count=1, seconds=s), "above 0 and at most 600 seconds")
            for s in (0.0, -1.0, 600.01, float("nan"), float("inf"))
        ),
        *((GenerationRequest(count=1, truncation=t), "above 0 and at most 1") for t in (0.0, -1.0, 1.01, float("nan"))),
        (GenerationRequest(latents=FILE, interpolation=WAY), "give one of them"),
        (GenerationRequest(latents=FILE, seed=3), "give one of them"),
        (GenerationRequest(latents=FILE, save_latents=True), "give one of them"),
        (GenerationRequest(interpolation=WAY, seed=3), "leave --seed out"),
        (GenerationRequest(interpolation=WAY, count=4), "leave --generate-only out, or give 3"),
    ],
)
def test_what_means_nothing_is_refused_in_a_sentence(asked: GenerationRequest, message: str) -> None:
    with pytest.raises(UserError, match=message) as told:
        asked.check()
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "asked",
    [
        GenerationRequest(count=3, seed=4, truncation=1.0, save_latents=True, checkpoint=Path("x.tar"), data="d"),
        GenerationRequest(latents=FILE, truncation=0.5),
        GenerationRequest(latents=FILE, count=3),
        GenerationRequest(latents=FILE, seconds=600.0),
        GenerationRequest(interpolation=WAY, count=3, save_latents=True),
    ],
)
def test_what_goes_together_is_taken(asked: GenerationRequest) -> None:
    asked.check()
    assert asked.is_made


def test_training_options_ask_for_no_clips() -> None:
    asked = GenerationRequest(seed=3, data="folder")
    asked.check()
    assert not asked.is_made
    assert asked.factor == 1


def test_an_interpolation_is_two_seeds_and_a_number() -> None:
    found = parse_interpolation("3:17:8")
    assert found == Interpolation(first=3, last=17, count=8)
    assert str(found) == "3:17:8"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *((text, "such as 3:17:8") for text in ("1:2", "a:b:3", "1:2:3:4", "-1:2:3", "")),
        *((text, "at least 2") for text in ("1:2:1", "1:2:0")),
        ("1:1:3", "two different seeds"),
        ("1:4294967296:3", "0 to 4294967295"),
    ],
)
def test_what_is_no_interpolation_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as told:
        parse_interpolation(text)
    assert "\n" not in str(told.value)


def test_a_request_says_which_clips() -> None:
    assert GenerationRequest(count=2).selection(9) == range(9, 11)
    assert GenerationRequest(interpolation=WAY).selection(9) == WAY
    assert GenerationRequest(latents=FILE).selection(9) == FILE
    with pytest.raises(UserError, match="give a smaller seed"):
        GenerationRequest(count=2).selection(HIGHEST_SEED)
    with pytest.raises(UserError, match="--generate-only 99999999999: at most 100000000 clips"):
        GenerationRequest(count=99999999999).selection(42)


def test_a_number_of_clips_must_be_the_files() -> None:
    GenerationRequest(latents=FILE).check_count(3)
    GenerationRequest(count=3, latents=FILE).check_count(3)
    with pytest.raises(UserError, match="holds 3 latent vectors: leave --generate-only out"):
        GenerationRequest(count=2, latents=FILE).check_count(3)


def test_seeds_that_there_are_not() -> None:
    check_seeds(0)
    check_seeds(0, HIGHEST_SEED)
    with pytest.raises(UserError, match=r"^The seed -1 is out of range: give 0 to 4294967295"):
        check_seeds(-1)
    with pytest.raises(UserError, match=r"^The seeds 4294967295 to 4294967296 are out of range"):
        check_seeds(HIGHEST_SEED, HIGHEST_SEED + 1)
