"""How fast is dlcore?  ``make bench`` measures it beside torch.nn, JAX and scikit-learn.

contestants.py   the same training step in every library
measure.py       medians over interleaved rounds; every part in a process of its own
digits.py        scikit-learn's MLPClassifier and dlcore's fit, time and accuracy
report.py        the tables and pictures of the page on speed, from measured.json
"""
