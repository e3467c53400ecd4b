"""Front door: `python WaveGAN.py [options]` is the same as the installed command `wavegan [options]`."""

from wavegan_src.cli.start import main

if __name__ == "__main__":
    main()
