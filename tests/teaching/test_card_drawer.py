"""The drawn card of chapter 6: the drawing says what the photoperceptron does."""

import re

import numpy as np
import pytest

from dlcore.teaching.chapters import card_drawer


@pytest.mark.parametrize("column", [0, 7, 14])
@pytest.mark.parametrize("black", [(), ("b2",), ("a1", "a3", "b2", "c1", "c3"), card_drawer.CELLS])
def test_the_sentence_is_what_the_machine_says(column, black):
    cells = {name: name in black for name in card_drawer.CELLS}
    card = np.zeros((1, 400))
    card[0, card_drawer.lit(column, **cells)] = 1
    assert card.sum() == 4 * len(black)
    machine = card_drawer.machine()
    svg, sentence = card_drawer.draw(column, **cells)
    fires, z = machine.association(card).sum(), machine.score(card).item()
    assert f"{fires:.0f} units fire" in sentence
    assert f"z = {z:.0f}".replace("-", "−") in sentence
    assert sentence.endswith(f"the answer is {['left', 'right'][machine(card).item()]}.")
    assert len(re.findall("M[0-9]+ [0-9]+h9v9h-9z", svg)) == fires


def test_the_cells_lie_side_by_side():
    cells = dict.fromkeys(card_drawer.CELLS, True)
    rows, columns = np.divmod(card_drawer.lit(3, **cells), 20)
    assert sorted(set(rows)) == list(range(7, 13)) and sorted(set(columns)) == list(range(3, 9))
    assert len(set(zip(rows, columns, strict=True))) == 36
