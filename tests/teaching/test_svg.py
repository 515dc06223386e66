"""The parts of SVG pictures, and JavaScript's way of rounding."""

from hypothesis import given
from hypothesis import strategies as st

from dlcore.teaching import pictures, svg


@given(st.integers(-1000, 1000))
def test_halves_are_rounded_up_as_in_javascript(n):
    assert svg.rounded(n + 0.5) == n + 1
    assert svg.rounded(n) == svg.rounded(n + 0.49) == svg.rounded(n - 0.5) == n


def test_attributes_stand_in_the_order_given():
    words = svg.text(1, 2, "sum", text_anchor="end", font_size=9)
    assert words == '<text x="1" y="2" text-anchor="end" font-size="9">sum</text>'


def test_a_picture_has_a_size_and_a_ground():
    drawn = svg.picture(30, 20, [svg.text(1, 2, "z")], fill="#222")
    assert pictures.is_svg(drawn)
    assert pictures.svg(drawn).size == (30, 20)
    assert '<rect width="30" height="20" fill="#FFFFFF"/><text' in drawn
    assert "<rect" not in svg.picture(30, 20, [], ground=False, style="user-select:none")
