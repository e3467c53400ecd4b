"""The one table of architectures: what a name gives, what a wrong one is told, and what a snapshot says."""

from dataclasses import replace

import pytest

from wavegan_src.architectures import table
from wavegan_src.config_loader import iter_fields


@pytest.mark.parametrize("config", [{}, {"model": None}, {"model": []}, {"model": {}}, {"model": {"architecture": 3}}])
def test_the_papers_network_where_a_snapshot_names_no_other(config: dict[str, object]) -> None:
    assert table.recorded(config) == "wavegan"


def test_each_architecture_has_words_of_its_own() -> None:
    assert table.recorded({"model": {"architecture": "engine"}}) == "engine"
    paper, engine = table.spec_of("wavegan").terms, table.spec_of("engine").terms
    assert "Wasserstein" in paper.estimate
    assert "Wasserstein" not in "".join(vars(engine).values())
    assert engine.penalty == "(R1 + R2) / 2"


def test_a_name_stands_for_one_architecture() -> None:
    spec = table.spec_of("engine")
    assert table.names() == ("wavegan", "engine", "drive")
    with pytest.raises(ValueError, match="already an architecture called engine"):
        table.register(spec)
    table.register(replace(spec, name="other"))
    try:
        assert table.known("other") == "other"
        assert "other" in table.names()
    finally:
        table.unregister("other")
    assert "other" not in table.names()


def test_all_keys_of_an_architecture_are_keys_of_a_configuration() -> None:
    keys = {key for key, _, section in iter_fields() if section is None}
    for name in table.names():
        spec = table.spec_of(name)
        assert spec.keys <= keys
        assert set(spec.alike) <= keys
