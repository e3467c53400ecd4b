"""The drive model: an engine model that follows speed and load; its sizes and limits are the engine model's."""

from dataclasses import replace

from wavegan_src.architectures import engine

HEARD = 0.9  # of a clip in training, its middle: recorders leave silence and clicks at the ends

SPEC = replace(
    engine.SPEC,
    name="drive",
    title="the drive model",
    description="is an engine model that follows speed and load over time, so that it can be driven (preset "
    "config_fast)",
    networks="wavegan_src.models.drive.entry",
    version=4,
    problem=engine.limits("drive", HEARD),
    anew=("encoder.", "memory."),
    conditions=True,
)
