"""Tests of the package, in the same rooms as its modules.

Networks as small as the tests' are slower on several threads, and two test processes share two cores: one thread for
every library, set before any of them is loaded.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
