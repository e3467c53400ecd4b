import math

from wavegan_src.convergence.thresholds import MEMORISING_GAP
from wavegan_src.convergence_detector import replay
from wavegan_src.report.verdicts import verdicts

NAN = math.nan
ESTIMATE = 5.0


def columns(
    values: list[float], real: float = 10.0, noise: float = 110.0, gap: float = 0.1, clips: float = 100.0
) -> dict[str, list[float]]:
    count = len(values)
    return {
        "epoch": [10.0 * (index + 1) for index in range(count)],
        "logmel_frechet": values,
        "logmel_frechet_real": [real] * count,
        "logmel_frechet_noise": [noise] * count,
        "critic_real_training": [3.0] * count,
        "critic_real_validation": [3.0 - ESTIMATE * gap] * count,
        "compared_clips": [clips] * count,
        "generated_rms_db": [-20.0] * count,
    }


def said(checkpoints: dict[str, list[float]], epochs: dict[str, list[float]] | None = None) -> str:
    axis = checkpoints["epoch"]
    return "\n".join(verdicts(epochs or {"epoch": axis, "wasserstein_estimate": [ESTIMATE] * len(axis)}, checkpoints))


def test_nothing_is_said_before_the_first_checkpoint() -> None:
    assert verdicts({}, {}) == []


def test_position_between_noise_and_real() -> None:
    assert "epoch 20, log-mel Fréchet distance 35" in said(columns([90, 35, 60]))
    assert "75 % of the way" in said(columns([90, 35, 60]))


def test_stand_in_data_is_not_called_real() -> None:
    text = "\n".join(verdicts({}, columns([90, 35, 60]), data="stand-in"))
    assert "from noise to stand-in" in text
    assert "real" not in text


def test_as_near_as_real_is_no_more_than_that() -> None:
    assert "as near as real clips are to each other" in said(columns([5.0]))
    assert "120 %" not in said(columns([5.0]))


def test_worse_than_noise_is_said_without_a_percentage() -> None:
    assert "farther from real clips than white noise is" in said(columns([500.0]))
    assert "-" not in said(columns([500.0])).split("white noise is")[0].split("110")[1]


def test_few_clips_are_warned_of() -> None:
    assert "little can be concluded" in said(columns([50], clips=20))
    assert "little can be concluded" not in said(columns([50]))


def test_a_measure_that_does_not_discriminate_says_so() -> None:
    assert "does not discriminate" in said(columns([50], real=120, noise=110))


def test_without_validation_recordings_that_is_said() -> None:
    assert "no validation set" in said(columns([50], real=NAN))


def test_the_state_is_the_detectors_own_sentence() -> None:
    figures = columns([90, 80, 70, 60, 50, 40])
    axis = {"epoch": figures["epoch"], "wasserstein_estimate": [ESTIMATE] * 6}
    sentence = replay(axis, figures, "logmel_frechet")[-1].sentence
    assert sentence.startswith("learning since epoch 50: ")
    assert f"L{sentence[1:]}." in said(figures).splitlines()
    assert "Warming up: 3 of the 5 checkpoints" in said(columns([90, 80, 70])).replace(" since epoch 10", "")


def test_the_primary_measure_chooses_the_best() -> None:
    figures = columns([90, 35, 60]) | {"kad": [5.0, 4.0, 3.0], "kad_real": [0.5] * 3}
    text = "\n".join(verdicts({}, figures, primary="kad"))
    assert "Best model: epoch 30, log-mel Fréchet distance 60" in text
    assert "kernel audio distance (KAD) is 3, the lowest so far; other real clips have 0.5" in text
    unmeasured = columns([90, 35, 60]) | {"kad": [NAN] * 3, "kad_real": [NAN] * 3}
    assert "Best model: epoch 20" in "\n".join(verdicts({}, unmeasured, primary="kad"))


def test_memorising() -> None:
    assert "critic is memorising, or" in said(columns([50], gap=MEMORISING_GAP + 0.01))
    assert "by only 5 % of its Wasserstein estimate" in said(columns([50], gap=0.05))
    assert "no lower than training clips" in said(columns([50], gap=-0.2))
    assert "memorising" not in said(columns([50], gap=NAN))


def test_overfitting_is_said_once() -> None:
    text = said(columns([90.0, 50, *[60.0 + 2 * n for n in range(13)]], gap=0.5))
    assert "Overfitting since epoch" in text
    assert "critic is memorising" not in text


def test_silence_comes_first() -> None:
    silent = columns([50])
    silent["generated_rms_db"] = [NAN]
    assert verdicts({}, silent)[0].startswith("The model generates silence")
    silent["generated_rms_db"] = [-70.0]
    assert "near silence (-70 dBFS" in verdicts({}, silent)[0]


def test_wasserstein_fall_is_described_with_its_caveat() -> None:
    estimate = {"wasserstein_estimate": [1.0, 9.0, 5.0, 4.0, 3.0, 2.0, NAN]}
    assert "peaked at 9 and is 2 over the last tenth" in said(columns([50]), estimate)


def test_the_engine_models_critic_estimates_no_distance() -> None:
    figures = columns([90, 80, 70, 60, 50, 40], gap=0.05)
    epochs = {"epoch": figures["epoch"], "wasserstein_estimate": [1.0, 2, 3, 4, 9, 5]}
    text = "\n".join(verdicts(epochs, figures, architecture="engine"))
    assert "Wasserstein" not in text
    assert "of the difference between its scores of real and generated clips" in text
    assert "scores real clips 5 higher than generated ones" in text
    assert "at most 9" in text


def judged(recordings: float, **more: list[float]) -> str:
    figures = columns([90, 35, 60], clips=7) | {"kad": [5.0, 2.0, 3.0], "kad_real": [NAN] * 3, **more}
    return "\n".join(verdicts({}, figures | {"validation_recordings": [recordings] * 3}, primary="kad"))


def test_validation_that_cannot_choose_is_told_first() -> None:
    told = "Validation (7 clips of 1 recording) is too small to choose a model by, so the best model is the newest"
    assert judged(1).startswith(told)
    assert "too small" not in judged(3)
    assert "too small" not in judged(NAN)
    assert judged(0).startswith("Validation (no recording) is too small")


def test_the_best_model_need_not_be_the_lowest() -> None:
    text = judged(3, best=[1.0, 1.0, 1.0], primary_low=[NAN, 1.0, 1.5], primary_high=[NAN, 3.0, 4.5])
    assert "Best model: epoch 30" in text
    assert "KAD) is 3 (95 % interval 1.5 to 4.5); the lowest, 2 in epoch 20, is not lower beyond doubt." in text
