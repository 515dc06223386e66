"""Every public formula of dlcore beside a reference: the list behind ``tests.deviations``.

The cases are those of the tests of each module, here at awkward points too: 0, ±1e3, ±1e4, a
gradient of 0, a batch of 2.  Where torch has no such function, the reference is the formula
written out, for torch to differentiate, or a sum over all states, or numbers known in closed form.
"""

from tests.formulas import beside, functions, networks

FORMULAS = [*functions.FORMULAS, *networks.FORMULAS, *beside.FORMULAS]
