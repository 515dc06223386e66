import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def without_figures_of_others():
    """Some tests look at which figures are open; those of another test are not theirs."""
    plt.close("all")
