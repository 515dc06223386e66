"""dlcore: the algorithms of the book, written by hand, for NumPy and torch alike.

One module is one idea and can be read alone.  Nothing is imported here; take what you need
from the module that has it:

    from dlcore.network import MLP
    from dlcore.optimizers import Adam

Modules build on each other in one direction only:

    backend ← checks ← activations, losses, metrics, initializers, regularizers, schedules
            ← layers ← normalization, noise, images ← network ← optimizers
            ← checkpoint ← training

``gradcheck``, ``graph`` and ``datasets`` stand beside this line, as do the algorithms from before
and beside backpropagation: ``neurons``, ``circuits``, ``perceptron``, ``hebbian``, ``boltzmann``,
``alignment``.
``dlcore.teaching`` (figures, experiments, exercises) and ``publishing`` (the website)
use dlcore, never the other way round.
"""

__version__ = "0.1.0"
