import pytest

from dlcore.fingerprint import differences, words


@pytest.mark.parametrize(
    ("f", "g"),
    [
        (lambda t: 0.1 / t, lambda t: 0.2 / t),
        (lambda t: t in {1, 2}, lambda t: t in {1, 3}),
        (lambda t: lambda s: s + 1, lambda t: lambda s: s + 2),
        (lambda t: abs(t), lambda t: float(t)),
        (lambda t: t + 1, lambda t: t - 1),
    ],
    ids=["number", "set", "function inside", "name", "operator"],
)
def test_functions_that_differ_in_one_place_are_told_apart(f, g):
    g.__qualname__ = f.__qualname__
    assert words(f) == words(f) != words(g)


def test_four_differences_are_named_and_the_others_counted():
    then = dict.fromkeys("abcdef", 1)
    assert differences(then, then) == ""
    four = "; ".join(f"{name} 2, in the file 1" for name in "abcd")
    assert differences(then | dict.fromkeys("abcd", 2), then) == four
    assert differences(then | dict.fromkeys("abcde", 2), then) == f"{four}; and 1 more"
    assert differences(dict.fromkeys("abcdef", 2), then) == f"{four}; and 2 more"
