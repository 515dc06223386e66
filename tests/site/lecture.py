"""What the tests of a lecture share: sizes of type, and axe's verdict on a page as it stands."""

from tests.site.test_accessibility import violations

# The smallest type among the words of what is shown, in pixels; pictures are not words.
SMALLEST = """root => Math.min(...[...root.querySelectorAll('*')]
  .filter(e => e.checkVisibility() && !e.closest('svg, script, .experiment-sentence:not(:has(*))'))
  .filter(e => !e.matches('.headerlink, .visually-hidden'))
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => parseFloat(getComputedStyle(e).fontSize)))"""


def faults(page) -> list:
    """What axe finds on the page, without the mathematics, which has a test of its own, and without
    drawings, which have their words beside them; a large one has its ground itself, where axe does
    not look for it."""
    drawn = page.locator("figure.large .picture > svg").all()
    assert all(svg.evaluate(GROUND) == "rgb(255, 255, 255)" for svg in drawn)
    return violations(page, {"exclude": [["math"], [".highlight"], [".picture > svg"]]})


GROUND = "svg => getComputedStyle(svg).backgroundColor"
