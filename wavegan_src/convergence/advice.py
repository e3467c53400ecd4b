"""What to do with a run, given the state that its figures show and whether and how it has ended."""

from wavegan_src.architectures.spec import USE_BEST
from wavegan_src.architectures.table import DEFAULT, spec_of
from wavegan_src.run.record import Phase

_BY_EAR = "compare the samples of early and late epochs by ear"
# By the name of the state; None is a run without a row. An architecture may have its own advice.
WHILE_RUNNING = {
    None: "wait for the first epoch",
    "WARMING_UP": "wait for more checkpoints",
    "LEARNING": "keep training",
    "CONVERGED": "training longer is unlikely to help: use the best model; more data or a larger model may improve it",
    "PLATEAU": 'a lower learning rate (training.lr_schedule "plateau") or a larger model may bring progress again',
    "OSCILLATING": 'a lower learning rate would calm it (training.lr_schedule "plateau", or half the rate from the '
    "start)",
    "MODE_COLLAPSE": "restart with a higher training.gp_weight (15) and a lower learning rate",
    "MIXED": f"{_BY_EAR}: each measure hears something else",
    "OVERFITTING": 'more recordings would help; training.augmentation "adaptive" in a new run may help too',
    "DIVERGING": "restart with a lower learning rate (try a tenth) or a higher training.gp_weight",
}
ONCE_OVER = {
    None: "no epoch was recorded",
    "WARMING_UP": "it is too short to be judged",
    "LEARNING": "it was still improving",
    "CONVERGED": f"{USE_BEST}: training longer is unlikely to help, more data or a larger model may",
    "PLATEAU": f'{USE_BEST}, or restart with training.lr_schedule "plateau", a lower learning rate or a larger model',
    "OSCILLATING": f'{USE_BEST}, or restart with half the learning rate or training.lr_schedule "plateau"',
    "MODE_COLLAPSE": f"{WHILE_RUNNING['MODE_COLLAPSE']} (--fresh keeps this run)",
    "MIXED": f"{_BY_EAR}, and take the model that you prefer",
    "OVERFITTING": f'{USE_BEST}; in a new run, more recordings would help, and training.augmentation "adaptive" may',
    "DIVERGING": f"{WHILE_RUNNING['DIVERGING']} (--fresh keeps this run)",
}
_AGAIN = "the same command resumes from the last checkpoint"
_FROM_THE_START = "give the same command again"  # before the first row, there may be nothing to resume
HOW_TO_GO_ON = {
    Phase.FINISHED: "to continue, give a larger --epochs",
    Phase.EARLY: "to continue anyway, add --no-early-stopping",
    Phase.STOPPED: _AGAIN,
    Phase.BROKEN: f"once the cause of the error is fixed, {_AGAIN}",
    Phase.KILLED: _AGAIN,
    Phase.UNKNOWN: f"if it is no longer running, {_AGAIN}",
}
PROMISING = (None, "WARMING_UP", "LEARNING")  # more epochs are likely to help
HOPELESS = ("MODE_COLLAPSE", "DIVERGING")  # more epochs will not help


def advice(state: str | None, phase: Phase, architecture: str = DEFAULT) -> str:
    """What to do, in words.

    Args:
        state: the name of a `State`; None for a run without a row.
        phase: whether the run is still going, or how it ended.
        architecture: `model.architecture` of the run.
    """
    own = spec_of(architecture).advice
    if phase == Phase.RUNNING:
        return own.while_running.get(state or "", WHILE_RUNNING[state])
    worth_going_on = state in PROMISING or (state not in HOPELESS and phase != Phase.FINISHED)
    verdict = own.once_over.get(state or "", ONCE_OVER[state])
    return f"{verdict}; {how_to_go_on(state, phase)}" if worth_going_on else verdict


def how_to_go_on(state: str | None, phase: Phase) -> str:
    """How to train on, in words; arguments as for `advice`."""
    words = HOW_TO_GO_ON[phase]
    return words if state is not None else words.replace(_AGAIN, _FROM_THE_START)
