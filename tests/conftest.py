"""What all tests share: quiet numerical libraries, and one Chromium for all that need a browser."""

import os
import sys

import pytest

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ["TQDM_DISABLE"] = "1"
os.environ["DLCORE_STILLS"] = "0"


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    """Some tests look at which figures are open; those of another test are not theirs."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; playwright cannot run twice in one process, so there is one for all."""
    from tests.site.chromium import chromium

    with chromium() as running:
        yield running
