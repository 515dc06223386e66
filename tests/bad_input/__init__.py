"""Bad input at every public entry of dlcore: the promised error, and nothing changed.

refusal.py        what is asserted: the error's type and words, and that all objects are as before
kinds.py          the ways in which an argument can be bad, as strategies
cases_*.py        the entries, each with good arguments and the kinds of bad ones
test_refusals.py  every case; test_registry.py: no public entry is forgotten
test_divergence.py  training that diverges
"""
