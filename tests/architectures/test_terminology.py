"""What a snapshot tells of the architecture, however damaged it is."""

import pytest

from wavegan_src.architectures.terminology import architecture_of, critic_terms


@pytest.mark.parametrize("config", [{}, {"model": None}, {"model": []}, {"model": {}}, {"model": {"architecture": 3}}])
def test_the_papers_network_where_nothing_else_is_told(config: dict[str, object]) -> None:
    assert architecture_of(config) == "wavegan"


def test_each_architecture_has_words_of_its_own() -> None:
    assert architecture_of({"model": {"architecture": "engine"}}) == "engine"
    paper, engine = critic_terms("wavegan"), critic_terms("engine")
    assert "Wasserstein" in paper.estimate
    assert "Wasserstein" not in "".join(vars(engine).values())
    assert engine.penalty == "(R1 + R2) / 2"
