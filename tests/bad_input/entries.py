"""All cases, by the modules that they belong to."""

from . import (  # noqa: F401
    cases_beside,
    cases_boltzmann,
    cases_checkpoint,
    cases_data,
    cases_formulas,
    cases_layers,
    cases_network,
    cases_perceptron,
    cases_sequences,
)
