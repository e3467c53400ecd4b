"""One, two and four processes take the same steps: figures and weights, of every architecture."""

import numpy as np
import pytest

from tests.support import steps
from tests.support.together import together

CLOSE = 1e-12


@pytest.fixture(scope="module")
def alone() -> steps.Steps:
    return steps.alone()


@pytest.mark.parametrize("size", [2, 4])
def test_any_number_of_processes_takes_the_same_steps(size: int, alone: steps.Steps) -> None:
    """In float64. Four processes have two, one, two and one of the six clips."""
    for found in together(size, steps.steps_of_all):
        for name, wanted in alone.items():
            for ours, theirs in zip(found[name], wanted, strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=CLOSE, atol=CLOSE, err_msg=name)
