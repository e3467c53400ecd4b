"""The table of measures agrees with the files of earlier runs, with the configuration, and with what computes them."""

import math
from typing import get_args

import pytest

from wavegan_src.config_schema import OutputConfig
from wavegan_src.evaluation.measures.embeddings import NETWORKS
from wavegan_src.evaluation.measures.engine import ENGINE_MEASURES
from wavegan_src.evaluation.measures.stoi_pesq_mcd import PAIR_MEASURES
from wavegan_src.metrics import CHECKPOINT_COLUMNS, EVALUATED, FALLBACK_MEASURE, MEASURES, Extent, Source, taken_at

HEADER = (
    "epoch,iteration,generator_step,logmel_frechet,logmel_frechet_real,logmel_frechet_noise,compared_clips,"
    "critic_real_training,critic_real_validation,critic_generated,overfitting_gap,generated_rms_db,diversity,"
    "measured_clips,kad_real,kad,fad,density,coverage,engine_tag_rate,stoi,pesq,mcd,mcd_dtw,firing_rate,"
    "order_spectrum,harmonic_to_noise,modulation,long_term_spectrum,memorisation,copied,best,seconds"
)


def keys(source: Source) -> set[str]:
    return {key for key, measure in MEASURES.items() if measure.source == source}


def test_the_columns_of_earlier_runs_keep_their_names_and_order() -> None:
    assert ",".join(CHECKPOINT_COLUMNS[: HEADER.count(",") + 1]) == HEADER


def test_every_measure_of_a_checkpoint_has_a_column() -> None:
    for extent in get_args(Extent):
        assert set(taken_at(extent, *get_args(Source))) <= set(CHECKPOINT_COLUMNS)
    assert taken_at("cheap", "pairs") == ("stoi", "mcd")
    assert taken_at("none", *get_args(Source)) == ("logmel_frechet", "overfitting_gap", "diversity")


def test_the_functions_compute_the_measures_of_the_table() -> None:
    assert keys("pairs") == set(PAIR_MEASURES)
    assert keys("engine") == set(ENGINE_MEASURES)
    assert keys("networks") == {f"fad_{name}" for name in NETWORKS}


def test_the_configuration_offers_the_primary_measures_of_the_table() -> None:
    offered = get_args(OutputConfig.model_fields["primary_measure"].annotation)
    assert set(offered) == {key for key, measure in MEASURES.items() if measure.can_be_primary}
    assert FALLBACK_MEASURE in offered
    assert get_args(OutputConfig.model_fields["checkpoint_measures"].annotation) == get_args(Extent)


@pytest.mark.parametrize(
    ("key", "value", "noise", "real", "position"),
    [
        ("fad", 60.0, 110.0, 10.0, 0.5),
        ("fad", 160.0, 110.0, 10.0, -0.5),
        ("coverage", 0.4, 0.1, 0.9, 0.375),
        ("fad", 60.0, 10.0, 10.0, None),  # real sound and noise score alike
        ("fad", 60.0, 10.0, 20.0, None),  # noise scores better
        ("coverage", 0.4, 0.9, 0.1, None),
        ("memorisation", 0.5, 3.0, 1.0, None),
        ("fad", None, 110.0, 10.0, None),
        ("fad", math.nan, 110.0, 10.0, None),
        ("fad", 60.0, math.nan, 10.0, None),
        ("fad", 60.0, 110.0, None, None),
    ],
)
def test_position_between_noise_and_real(
    key: str, value: float | None, noise: float | None, real: float | None, position: float | None
) -> None:
    assert EVALUATED[key].position(value, noise, real) == (position and pytest.approx(position))
