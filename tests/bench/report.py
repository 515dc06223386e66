"""What was measured, as the page on speed shows it: tables in book/speed_*.md, pictures beside."""

import json
import statistics
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl

from dlcore.teaching import plots

ROOT = Path(__file__).resolve().parents[2]
MEASURED = Path(__file__).with_name("measured.json")
PICTURES = ROOT / "book" / "_static" / "speed"
BASE, OTHER, BARE = "torch.nn, fused Adam", "JAX, a step a call", "the matrix products alone"
IN_PLACE = "JAX, a step a call, in place"
LINES = {  # who is in the pictures: colour, marker, how the line is drawn
    "dlcore, NumPy": (plots.COLORS[1], "s", "-"),
    "dlcore, torch": (plots.COLORS[0], "o", "-"),
    "dlcore, compiled": (plots.COLORS[3], "^", "--"),
    "dlcore, compiled, 10 steps a call": (plots.COLORS[3], "^", "-"),
    BASE: (plots.COLORS[2], "D", "-"),
    IN_PLACE: (plots.COLORS[4], "v", "--"),
    "JAX, 10 steps a call": (plots.COLORS[4], "v", "-"),
    BARE: (plots.INK, "", ":"),
}
SHORT = {IN_PLACE: "JAX, in place", BARE: "the products alone"}
SWEEPS = {
    "width": "Width n of n-n-n-10, ReLU, 64 samples",
    "depth": "Hidden layers of 16 tanh units, 64 samples",
    "batch": "Samples in a minibatch, 64-64-64-10, ReLU",
    "stack": "Networks 2-8-8-1 in a stack, 16 samples",
}


def table(one: dict, all: dict) -> list[str]:
    """A task: who, with one thread and all, against torch.nn and JAX."""
    bases = {"torch.nn = 1": BASE} | ({"JAX = 1": OTHER} if OTHER in one else {})
    head = ["who", "µs a step", "middle half", *bases, "all threads"]
    lines = [row(head), row(["---", *["---:"] * (len(head) - 1)])]
    for who, (low, seconds, high) in one.items():
        ratios = [f"{one[base][1] / seconds:.2f}" for base in bases.values()]
        half = f"{low * 1e6:,.0f}–{high * 1e6:,.0f}"
        every = f"{all[who][1] * 1e6:,.0f}" if who in all else ""
        lines.append(row([who, f"{seconds * 1e6:,.0f}", half, *ratios, every]))
    return lines


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def tables(found: dict) -> str:
    """What a training step takes."""
    words, lines = dict(found["machine"]), []
    processor, cores = words.pop("processor"), words.pop("cores")
    words["OpenBLAS"] = f"(its code for {words['OpenBLAS']})"
    versions = ", ".join(f"{name} {value}" for name, value in words.items())
    rounds = f"Medians of {found['rounds']} rounds, and where the middle half of them lies"
    lines += [f"Measured on {processor} with {versions}; numbers of 32 bits (float32)."]
    lines += [
        f"{rounds}, on one",
        f"core with one thread; the last column is the median on {cores}",
    ]
    lines += ["cores with as many threads as each library wants.", ""]
    for name, one in found["one"].items():
        lines += [f"**{name}**, {found['tasks'][name]}", ""]
        lines += [*table(one, found["all"].get(name, {})), ""]
    return "\n".join(lines)


def rates(found: dict) -> str:
    """The matrix products' rate, and the share of it that a whole step reaches, by width."""
    who = ["dlcore, NumPy", "dlcore, torch", "dlcore, compiled", BASE, IN_PLACE]
    by_width = found["sweeps"]["width"]
    who = [w for w in who if w in next(iter(by_width.values()))]
    lines = [row(["width", "products, GFLOP/s", *who])]
    lines += [row(["---:"] * (2 + len(who)))]
    for n, times in by_width.items():
        shapes = enumerate(pairwise((int(n), int(n), int(n), 10)))
        flops = 2 * 64 * sum((3 if l else 2) * n_in * n_out for l, (n_in, n_out) in shapes)
        best = times[BARE][1]
        shares = [f"{best / times[w][1]:.0%}".replace("%", " %") for w in who]
        lines.append(row([n, f"{flops / best / 1e9:.0f}", *shares]))
    return "\n".join(lines) + "\n"


def classifiers(found: dict) -> str:
    """scikit-learn's classifier and dlcore's on the digits."""
    lines = [row(["network", "who", "seconds, median", "times as fast", "right answers"])]
    lines += [row(["---", "---", "---:", "---:", "---:"])]
    for name, both in found["digits"].items():
        slow = statistics.median(both["MLPClassifier"]["seconds"])
        for who, values in both.items():
            seconds, right = statistics.median(values["seconds"]), values["accuracy"]
            share = f"{100 * statistics.mean(right):.1f} ± {100 * statistics.stdev(right):.1f} %"
            lines.append(row([name, who, f"{seconds:.2f}", f"{slow / seconds:.1f}", share]))
    return "\n".join(lines) + "\n"


def picture(name: str, by_size: dict) -> None:
    """Time of a step against what grows, both on logarithmic axes."""
    mpl.rcParams["svg.hashsalt"] = name
    fig, ax = plots.figure(height=4.4)
    sizes = [int(size) for size in by_size]
    per_network = name == "stack"
    for who, (color, marker, dashes) in LINES.items():
        drawn = [(n, by_size[str(n)][who]) for n in sizes if who in by_size[str(n)]]
        if not drawn:
            continue
        values = [1e6 * median / (n if per_network else 1) for n, (_, median, _) in drawn]
        face = "white" if dashes == "--" else color
        style = {"color": color, "marker": marker, "mfc": face, "label": SHORT.get(who, who)}
        ax.plot([n for n, _ in drawn], values, dashes, **style)
    ax.set(xscale="log", yscale="log", xlabel=SWEEPS[name])
    ax.set_ylabel("µs a step" + " and network" * per_network)
    ax.set_xticks(sizes, [f"{n:,}" for n in sizes])
    ax.minorticks_off()
    fig.legend(
        *ax.get_legend_handles_labels(),
        loc="outside upper center",
        ncols=2,
        fontsize=9,
        handlelength=3,
    )
    PICTURES.mkdir(exist_ok=True)
    fig.savefig(PICTURES / f"{name}.svg", metadata={"Date": None, "Creator": None})


def write(found: dict) -> list[Path]:
    """Write everything; return where."""
    book = ROOT / "book"
    for name, text in PAGES.items():
        (book / f"speed_{name}.md").write_text(text(found).rstrip() + "\n", encoding="utf-8")
    for name in SWEEPS:
        picture(name, found["sweeps"][name])
    return [*(book / f"speed_{name}.md" for name in PAGES), PICTURES]


PAGES = {"table": tables, "rates": rates, "digits": classifiers}


def load() -> dict:
    return json.loads(MEASURED.read_text(encoding="utf-8"))
