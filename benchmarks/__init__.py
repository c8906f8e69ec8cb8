"""How long the core takes beside other ways to do the same: one run, one table of ratios.

Every library gets one thread. They read that when they are imported, so it is said here, before anything is.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
