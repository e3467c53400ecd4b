import numpy as np

from benchmarks.loops import flux_at, jump_at, quantile_of_seam


def test_a_seam_stands_out_only_where_there_is_one() -> None:
    noise = np.random.default_rng(0).standard_normal(9000).astype(np.float32)
    whole = np.convolve(np.tile(noise, 2), np.ones(40) / 40, "same")[4500:13500].astype(np.float32)
    turned = np.roll(whole, 2000)
    assert 0.02 < quantile_of_seam(jump_at, whole) < 0.98
    assert 0.02 < quantile_of_seam(flux_at, whole) < 0.98
    assert quantile_of_seam(jump_at, turned + np.linspace(0, 3, 9000, dtype=np.float32)) > 0.99
