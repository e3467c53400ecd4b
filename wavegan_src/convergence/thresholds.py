"""Every threshold of the convergence detector, each with its reason; docs/convergence.md has the measurements."""

import math

import numpy as np

# Checkpoints in the short window. Ten detect a fall of four times the scatter between neighbours nine times in ten.
# Five, the fewest that a test can use, detect only the obvious; with more, a change would be noticed later.
WINDOW = 10
# Calling a series level claims more, so it takes twice as many, and at least this share of the run: progress that
# follows a power law, as is usual for networks, is equally visible in the last third of any run, however long.
LONG_TREND_WINDOW = 20
LONG_SHARE = 1 / 3
MOST_POINTS = 60  # in a long window; more are merged into medians of neighbours, as pairs grow with the square
RECENT = 3  # checkpoints whose median is the present level of a series, so that one bad checkpoint does not decide
GAPS = 5  # the same for the critic's gap, a difference of two noisy means

# What counts as progress at all: at a hundredth per window it takes 690 checkpoints to halve the distance. A run whose
# steps are too small falls by less, without any scatter, and a test of significance alone would call that learning.
LEAST_GAIN = 0.01
SIGNIFICANCE = 0.05  # of a reported trend: a false alarm in one of twenty windows without a trend

# Level means shown to be level: the whole 95 % interval of the change over the long window lies within this.
LEVEL_QUALITY = 0.10
LEVEL_WASSERSTEIN = 0.25  # the critic's own scale drifts while nothing else does
# Better than the first checkpoint by that many scatters, and by more than what counts as level: something was learned.
LEARNT_SCATTERS = 3.0

# E[(|grad D| - 1)^2], which training holds near 0 (0.002 to 1.4 in every recorded run that did not blow up); at 10 the
# critic's slope is about 4 instead of 1, and its estimate is no longer a distance.
PENALTY_LIMIT = 10.0
# A critic of slope 1 cannot put two clips in [-1, 1] farther apart than 2 sqrt(samples): 4000 for the longest clips
# that a configuration allows. Times the slope of 4 above.
ESTIMATE_LIMIT = 4 * 2 * math.sqrt(4_000_000)
# Beyond it float32 cannot resolve scores 0.01 apart, a hundredth of the differences that matter.
SCORE_LIMIT = 0.01 / float(np.finfo(np.float32).eps)
# The measures of quality are squared distances: checkpoints of a healthy run stay below twice the best.
WORSE_FACTOR = 2.0

# The mean distance of two sounds out of k equally frequent ones is (1 - 1/k) of the data's: 0.5 for two sounds in turn,
# 0 for one. Half of the former is no variety.
COLLAPSED_DIVERSITY = 0.25
POOR_DIVERSITY = 0.5  # fewer than two sounds: a collapse where there once was twice that
COLLAPSE_FALL = 0.5

# How much lower the critic scores unseen clips, as a share of its Wasserstein estimate. At a third, a third of what it
# calls the difference between real and generated is only whether it has seen the clip.
MEMORISING_GAP = 1 / 3
USUALLY = 0.8  # eight of ten: by chance alone, one case in twenty
# Copies lie at 0 and new sound at 1: below this they are nearer to copies.
COPYING_RATIO = 0.5

# Robust scatter around its own trend, as a share of the level. At a half, two scatters reach from nothing to twice the
# usual estimate: at times the critic distinguishes nothing. Steady recorded runs have 0.02 to 0.3.
SWINGING_WASSERSTEIN = 0.5
# Quality is measured on an averaged generator and swings less: 0.02 to 0.33 in recorded runs of every kind. Two sounds
# taken in turn, one twice as far from the data as the other, have 0.49.
SWINGING_QUALITY = 0.4
