"""A checkpoint's measures, made up."""

from wavegan_src.trainer.quality import CheckpointQuality


def quality() -> CheckpointQuality:
    """Measures of an ordinary checkpoint of a run with six held-out recordings; none of them is the primary one."""
    return CheckpointQuality(
        logmel_frechet=100.0,
        logmel_frechet_real=50.0,
        logmel_frechet_noise=1000.0,
        compared_clips=24,
        critic_real_training=1.0,
        critic_real_validation=1.0,
        critic_generated=0.0,
        overfitting_gap=0.0,
        generated_rms_db=-20.0,
        diversity=1.0,
        measured_clips=24,
        kad_real=0.0,
        kad_aisfx_real=0.0,
        validation_recordings=6,
        measures={},
        primary="logmel_frechet",
        left_out=None,
    )
