"""What every process of a run holds: networks, data, schedules and counters. Files, tables and pictures are no part."""

from collections.abc import Iterator

import torch

from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.dataset import ClipDataset
from wavegan_src.models.content import check_content
from wavegan_src.models.registry import build_gan
from wavegan_src.run.budget import steps_until
from wavegan_src.run.state import RunState
from wavegan_src.trainer.ada import AdaptiveAugmentation
from wavegan_src.trainer.lr_schedule import LRSchedule, set_rate
from wavegan_src.trainer.warm_start import WarmStart, start_from
from wavegan_src.utils.processes.group import Group


class Learner:
    """The parts of a run that are the same in every process.

    Attributes:
        epoch: epochs completed.
        batch_size: of the whole batch, of which each process computes its share.
    """

    def __init__(self, config: Config, dataset: ClipDataset, device: torch.device, group: Group):
        self.config = config
        self.dataset = dataset
        self.group = group
        self.batch_size = min(config.training.batch_size, len(dataset.train))
        self.gan = build_gan(config, device)
        self.gan.group = group
        self.lr_schedule = LRSchedule(config.training)
        self.augmentation = AdaptiveAugmentation(config.training)
        self.epoch = 0

    @property
    def iterations(self) -> int:
        """Critic iterations of the whole run."""
        return self.iterations_until(self.config.training.epochs)

    @property
    def at_epoch_end(self) -> bool:
        """Whether no step of the next epoch has been taken."""
        return self.gan.iteration == self.iterations_until(self.epoch)

    def iterations_until(self, epoch: int) -> int:
        """Critic iterations done when `epoch` ends: each epoch is one pass over the training clips."""
        return steps_until(epoch, len(self.dataset.train), self.batch_size)

    def batches(self) -> Iterator[Batch]:
        """This process's share of the batches from the present iteration to the last of the run."""
        training = self.config.training
        return self.dataset.batches(
            self.gan.iteration,
            self.iterations,
            self.batch_size,
            seed=training.seed,
            workers=training.num_workers,
            pinned=self.gan.device.type == "cuda",
            group=self.group,
        )

    def set_strengths(self) -> None:
        """Set the learning rate and the strength of augmentation of the step that comes."""
        gan = self.gan
        rate = self.lr_schedule.at(gan.iteration, self.iterations)
        set_rate((gan.critic_optimizer, gan.generator_optimizer), rate)
        gan.augmentation_strength = self.augmentation.strength

    def start_weights(self, initial: WarmStart | None) -> None:
        """Start from new networks or another model's weights."""
        if initial is not None:
            start_from(self.gan, initial)
        # After loading the weights, so that statistics come from the training clips and not from that model.
        self.gan.initialize_from(self.dataset.spread(self.gan.clips_wanted))

    def restore_weights(self, state: RunState) -> None:
        """Continue from a checkpoint's weights, counters and schedules.

        Raises:
            OtherNetworksError: they are of other networks.
            StateError: it is not what a run writes.
        """
        check_content(state, self.gan)
        self.gan.load_state_dict(state.to_values())
        self.epoch = state.epoch
        self.lr_schedule.load_state_dict(state.learning_rate)
        self.augmentation.load_state_dict(state.augmentation)
