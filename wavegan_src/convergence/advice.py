"""What to do with a run: by the state that its figures show, and by whether and how it has ended."""

from wavegan_src.architectures.spec import USE_BEST
from wavegan_src.architectures.table import DEFAULT, spec_of
from wavegan_src.run.record import Phase

# All by the name of the state; None is a run without a row. An architecture may have advice of its own.
WHILE_RUNNING = {
    None: "wait for the first epoch",
    "WARMING_UP": "wait for more checkpoints",
    "LEARNING": "go on training",
    "CONVERGED": "training longer will hardly help: use the best model; more data or a larger model may do better",
    "PLATEAU": 'a lower learning rate (training.lr_schedule "plateau") or a larger model may get it going again',
    "OSCILLATING": 'a lower learning rate would calm it (training.lr_schedule "plateau", or half of it from the start)',
    "MODE_COLLAPSE": "restart with a higher training.gp_weight (15) and a lower learning rate",
    "OVERFITTING": 'more recordings would help; training.augmentation "adaptive" may, in a new run',
    "DIVERGING": "restart with a lower learning rate (try a tenth) or a higher training.gp_weight",
}
ONCE_OVER = {
    None: "no epoch of it is recorded",
    "WARMING_UP": "it is too short to be judged",
    "LEARNING": "it was still getting better",
    "CONVERGED": f"{USE_BEST}: training longer would hardly help, more data or a larger model may",
    "PLATEAU": f'{USE_BEST}, or restart with training.lr_schedule "plateau", a lower learning rate or a larger model',
    "OSCILLATING": f'{USE_BEST}, or restart with half the learning rate or training.lr_schedule "plateau"',
    "MODE_COLLAPSE": f"{WHILE_RUNNING['MODE_COLLAPSE']} (--fresh keeps this run)",
    "OVERFITTING": f'{USE_BEST}; more recordings would help a new run, and training.augmentation "adaptive" may',
    "DIVERGING": f"{WHILE_RUNNING['DIVERGING']} (--fresh keeps this run)",
}
_AGAIN = "the same command goes on from the last checkpoint"
HOW_TO_GO_ON = {
    Phase.FINISHED: "to go on, give a larger --epochs",
    Phase.EARLY: "--no-early-stopping goes on all the same",
    Phase.STOPPED: _AGAIN,
    Phase.BROKEN: f"once what broke it off is mended, {_AGAIN}",
    Phase.KILLED: _AGAIN,
    Phase.UNKNOWN: f"if it does not run any more, {_AGAIN}",
}
PROMISING = (None, "WARMING_UP", "LEARNING")  # more epochs may well help
HOPELESS = ("MODE_COLLAPSE", "DIVERGING")  # more epochs will not


def advice(state: str | None, phase: Phase, architecture: str = DEFAULT) -> str:
    """What to do, in words.

    Args:
        state: the name of a `State`; None for a run without a row.
        phase: whether it goes on, or how it ended.
        architecture: `model.architecture` of the run.
    """
    own = spec_of(architecture).advice
    if phase == Phase.RUNNING:
        return own.while_running.get(state or "", WHILE_RUNNING[state])
    worth_going_on = state in PROMISING or (state not in HOPELESS and phase != Phase.FINISHED)
    return own.once_over.get(state or "", ONCE_OVER[state]) + (f"; {HOW_TO_GO_ON[phase]}" if worth_going_on else "")
