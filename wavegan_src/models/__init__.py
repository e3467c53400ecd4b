"""What every architecture shares (GAN, registry, augmentation); one folder for each architecture.

May import: data/batch.py, dsp, utils; architectures, config_schema, generator, discriminator.
"""
