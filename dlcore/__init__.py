"""dlcore: the algorithms of the book, written by hand, for NumPy and torch alike.

One module is one idea and can be read alone.  What one types first is here:

    from dlcore import MLP, Adam, SigmoidCrossEntropy, fit

everything else is in its module (``from dlcore.optimizers import Nesterov``).  Imports go left:

    backend ← checks ← activations, losses, metrics, initializers, regularizers, schedules
            ← layers ← learned_activations, normalization, noise, images
            ← recurrent ← attention, embedding ← network ← optimizers
            ← history ← fingerprint ← checkpoint ← early_stopping, compiled ← distributed ← training

``graph``, ``gradcheck``, ``contracts``, ``datasets`` and the models before and beside
backpropagation stand beside it: ``circuits``, ``perceptron``, ``separability``, ``hebbian``,
``photoperceptron``, ``hopfield``, ``spiking``, ``boltzmann``, ``alignment``, ``ngram``.
"""

from .contracts import check_layer, check_loss, check_optimizer
from .layers import Activation, Linear
from .losses import MeanSquaredError, SigmoidCrossEntropy, SoftmaxCrossEntropy
from .metrics import accuracy
from .network import MLP, Network
from .noise import Dropout
from .normalization import BatchNorm
from .optimizers import Adam, GradientDescent, Momentum
from .perceptron import Perceptron
from .regularizers import L2
from .training import fit

__version__ = "0.1.0"
__all__ = [
    "MLP",
    "Network",
    "Linear",
    "Activation",
    "Dropout",
    "BatchNorm",
    "MeanSquaredError",
    "SigmoidCrossEntropy",
    "SoftmaxCrossEntropy",
    "GradientDescent",
    "Momentum",
    "Adam",
    "L2",
    "fit",
    "accuracy",
    "Perceptron",
    "check_layer",
    "check_loss",
    "check_optimizer",
]
