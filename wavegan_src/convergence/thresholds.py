"""Every threshold of the convergence detector, each with its reason; docs/convergence.md has the measurements."""

import math

import numpy as np

# Checkpoints looked back over. Ten show a fall of four times the scatter between neighbours nine times in
# ten. Five, the fewest that a test can use, show only what anybody sees; more would tell of a change that much later.
WINDOW = 10
# To call a series level claims more, so it takes twice as many, and at least this share of the run: progress that
# follows a power law, as that of networks does, is equally visible in the last third of any run, however long.
LONG_TREND_WINDOW = 20
LONG_SHARE = 1 / 3
MOST_POINTS = 60  # of a long window: more are joined to medians of neighbours, since pairs grow with the square
RECENT = 3  # checkpoints whose median is a series' present level, so that one bad checkpoint does not decide
GAPS = 5  # the same for the critic's gap, a difference of two noisy means

# What counts as progress at all: at a hundredth per window it takes 690 checkpoints to halve the distance. A run whose
# steps are too small falls by less, without any scatter, and a test of significance alone would call that learning.
LEAST_GAIN = 0.01
SIGNIFICANCE = 0.05  # of a trend that is told: wrong once in twenty windows without one

# Level means shown to be level: the whole 95 % interval of the change over the long window lies within this.
LEVEL_QUALITY = 0.10
LEVEL_WASSERSTEIN = 0.25  # the critic's own scale drifts while nothing else does
# Better than the first checkpoint by that many scatters, and by more than what counts as level: something was learnt.
LEARNT_SCATTERS = 3.0

# E[(|grad D| - 1)^2], which training holds near 0 (0.002 to 1.4 in every recorded run that did not blow up); at 10 the
# critic's slope is about 4 instead of 1, and its estimate no distance at all.
PENALTY_LIMIT = 10.0
# A critic of slope 1 cannot tell two clips in [-1, 1] farther apart than 2 sqrt(samples): 4000 for the longest clips
# that a configuration allows. Times the slope of 4 above.
ESTIMATE_LIMIT = 4 * 2 * math.sqrt(4_000_000)
# Beyond it float32 cannot tell scores 0.01 apart, a hundredth of the differences that matter.
SCORE_LIMIT = 0.01 / float(np.finfo(np.float32).eps)
# The measures of quality are squared distances: twice the best is beyond what checkpoints of a healthy run differ by.
WORSE_FACTOR = 2.0

# The mean distance of two sounds out of k equally frequent ones is (1 - 1/k) of the data's: 0.5 for two sounds in turn,
# 0 for one. Half of the former is no variety.
COLLAPSED_DIVERSITY = 0.25
POOR_DIVERSITY = 0.5  # fewer than two sounds: a collapse where there once was twice that
COLLAPSE_FALL = 0.5

# By what share of its Wasserstein estimate the critic scores unseen clips lower. At a third, a third of what it calls
# the difference between real and generated is only whether it has seen the clip.
MEMORISING_GAP = 1 / 3
USUALLY = 0.8  # eight of ten: where only chance decides, that is one case in twenty
# Copies lie at 0 and new sound at 1: below this they are nearer to copies.
COPYING_RATIO = 0.5

# Robust scatter around its own trend, as a share of the level. At a half, two scatters reach from nothing to twice the
# usual estimate: at times the critic tells nothing apart. Recorded runs that are steady have 0.02 to 0.3.
SWINGING_WASSERSTEIN = 0.5
# The quality is that of an averaged generator and swings less: 0.02 to 0.33 in recorded runs of every kind. Two sounds
# taken in turn, one twice as far from the data as the other, have 0.49.
SWINGING_QUALITY = 0.4
