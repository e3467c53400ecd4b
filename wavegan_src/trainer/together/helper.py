"""What the processes beside the first one do: the same steps, each with its share of the batch, and nothing else."""

from wavegan_src.trainer.learner import Learner
from wavegan_src.utils.processes.signals import StopRequest


class Helper:
    """The loop of a process that follows the first one."""

    def __init__(self, learner: Learner):
        self.learner = learner

    def train(self) -> None:
        """Train until the first process says that the run is over.

        Raises:
            SaidElsewhereError: the first process has left before that.
        """
        run, gan = self.learner, self.learner.gan
        with StopRequest(silent=True) as stop:
            for batch in run.batches():
                run.set_strengths()
                here = batch.to(gan.device)
                gan.step_critic(here)
                if gan.generator_due():
                    gan.step_generator(here)
                run.group.largest([stop.signal_number or 0])
                outcome = run.group.from_first(_never, gan)
                if gan.iteration == run.iterations_until(run.epoch + 1):
                    run.epoch += 1
                if outcome is None:
                    continue
                run.lr_schedule.load_state_dict(outcome.learning_rate)
                run.augmentation.load_state_dict(outcome.augmentation)
                if outcome.saved:
                    gan.share_weights()
                if outcome.over:
                    break


def _never() -> None:
    raise AssertionError("only the first process decides")
