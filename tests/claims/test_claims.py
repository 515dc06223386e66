"""The claims are sentences of the book; one draw of each quick one; CLAIMS.md has them all."""

import re

import pytest

from tests.claims import BOOK, Claim, Draw, flat, registered
from tests.claims.__main__ import REPORT, entry

CLAIMS = registered()
QUICK = [claim for claim in CLAIMS if claim.quick]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_the_words_stand_in_the_chapter(claim):
    assert len(claim.sentence.split()) >= 4
    assert claim.stands_in_the_chapter(), f"{claim.chapter} does not say: {claim.sentence}"


@pytest.mark.parametrize("claim", QUICK, ids=lambda claim: claim.name)
def test_a_quick_claim_holds(claim):
    """At the first draw, or, since one in ten may fail, at the two after it."""
    assert claim.try_once(0)[0] or (claim.try_once(1)[0] and claim.try_once(2)[0])


def test_the_report_has_every_claim_and_no_other():
    told = re.findall(r"^- \*\*(\w+\.\d+)\*\* “(.*)”", REPORT.read_text(encoding="utf-8"), re.M)
    assert told == [(claim.section, flat(claim.sentence)) for claim in CLAIMS], "run: make claims"


def test_every_chapter_has_at_least_five_claims():
    counts = {path.stem: 0 for path in sorted(BOOK.glob("[0-9][0-9]*_*.ipynb"))}
    for claim in CLAIMS:
        counts[claim.chapter] += 1
    assert {name: count for name, count in counts.items() if count < 5} == {}


@pytest.mark.parametrize("values", [[1, 2], [1, 2, 3], list("abcd")])
def test_the_draws_share_the_values_evenly(values):
    draws = [Draw(number) for number in range(12)]
    first, second = ([draw.pick(name, values) for draw in draws] for name in ("rate", "units"))
    assert all(first.count(value) == 12 // len(values) for value in values)
    assert len(set(zip(first, second, strict=True))) > len(values)  # not always the same pair


def test_an_entry_tells_what_was_varied_and_seen():
    def holds(draw):
        rate = draw.pick("rate", [0.1, 1])
        return draw.saw("loss", rate * draw.seed) > 0 and draw.number != 3

    claim = Claim("8.6", "Words of a\n sentence.", holds)
    text = entry(claim, [claim.try_once(number) for number in range(10)])
    assert text.startswith("- **8.6** “Words of a sentence.”")
    assert "held in 9 of 10" in text and "seed, rate (0.1, 1)" in text
    assert re.search(r"Seen: loss \S+ to \S+\.", text)
