"""Tries every claim of the book on seeds that no page shows, and writes tests/CLAIMS.md.

make claims                                   (or: python -m publishing claims)
python -m publishing claims 08 12.10          only these chapters or sections; nothing is written
"""

import multiprocessing
import os
import sys
from collections import defaultdict
from pathlib import Path

from tqdm import tqdm

from tests.claims import Claim, Draw, registered

REPORT = Path(__file__).parents[1] / "CLAIMS.md"
INTRODUCTION = """# Claims

Written by `make claims`. What the chapters say of experiments, tried on seeds that no page shows.
A sentence holds in at least nine of ten draws, or it says itself that it does in fewer; what was
varied beside the seed, and the range of what was seen, stand beside it. The functions are in
[claims](claims/)."""


def attempt(task: tuple[int, int]) -> tuple[int, bool, Draw]:
    place, number = task
    held, draw = registered()[place].try_once(number)
    return place, held, draw


def outcomes(claims: list[Claim]) -> dict[Claim, list[tuple[bool, Draw]]]:
    """Every draw of every claim, in parallel."""
    every, found = registered(), defaultdict(list)
    tasks = [(every.index(claim), i) for claim in claims for i in range(claim.draws)]
    with multiprocessing.Pool(os.cpu_count()) as pool:
        done = pool.imap_unordered(attempt, tasks)
        for place, held, draw in tqdm(done, total=len(tasks), unit="draw", disable=None):
            found[every[place]].append((held, draw))
    return {claim: sorted(found[claim], key=lambda one: one[1].number) for claim in claims}


def entry(claim: Claim, draws: list[tuple[bool, Draw]]) -> str:
    """A claim as an item of the report."""
    held = sum(one for one, _ in draws)
    varied = {"seed": None} | {k: v for _, draw in draws for k, v in draw.varied.items()}
    names = [k if v is None else f"{k} ({', '.join(map(str, v))})" for k, v in varied.items()]
    ranges = []
    for name in {name: None for _, draw in draws for name in draw.seen}:
        values = [draw.seen[name] for _, draw in draws if name in draw.seen]
        ranges.append(f"{name} {min(values):.3g} to {max(values):.3g}")
    seen = f" Seen: {'; '.join(ranges)}." if ranges else ""
    return (
        f"- **{claim.section}** “{' '.join(claim.sentence.split())}”  \n"
        f"  held in {held} of {len(draws)}. Varied: {', '.join(names)}.{seen}"
    )


def main(*chosen: str) -> None:
    claims = registered()
    if chosen:
        wanted = [part.lstrip("0") for part in chosen]
        claims = [
            c for c in claims if any(f"{c.section}.".startswith(f"{part}.") for part in wanted)
        ]
    if not claims:
        sys.exit(f"claims: expected chapters or sections that have claims, got {chosen}")
    found = outcomes(claims)
    lines, chapter = [INTRODUCTION], None
    for claim, draws in found.items():
        if claim.chapter != chapter:
            chapter = claim.chapter
            lines += ["", f"## {chapter}", ""]
        lines.append(entry(claim, draws))
    text = "\n".join(lines) + "\n"
    print(text)
    if not chosen:
        REPORT.write_text(text, encoding="utf-8")
    wrong = [
        f"{claim.section} {claim.name}: held in {sum(h for h, _ in draws)} of {len(draws)}, not in "
        f"{[draw.seed for held, draw in draws if not held]}"
        for claim, draws in found.items()
        if sum(held for held, _ in draws) < claim.least * len(draws)
    ]
    if wrong:
        sys.exit("These sentences do not hold:\n" + "\n".join(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
