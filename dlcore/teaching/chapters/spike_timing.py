"""Two spikes that the reader moves, and a cell that finds a repeated pattern by spike timing.

``draw`` has a twin in the page, book/_static/live/spike-timing.js, which draws the same states
without a kernel; a test compares the two, state by state.
"""

import math
from typing import NamedTuple

import numpy as np

from dlcore.spiking import STDP
from dlcore.teaching import svg

TIMES = list(range(0, 101, 4))
TAUS = [10, 20, 40]
RATIOS = [0.5, 1.0, 1.5]


def draw(t_pre: int, t_post: int, tau: int, ratio: float) -> tuple[str, str]:
    """(SVG, sentence): the window with this pair of spikes, and the pair on the axis of time."""
    rule = STDP(A_plus=1.0, A_minus=ratio, tau_plus=float(tau), tau_minus=float(tau))
    dt = t_post - t_pre
    change = float(rule.window(np.float64(dt)))
    shapes = [
        '<path d="M40 110h400M240 16v188" stroke="#999" fill="none"/>',
        _text(440, 128, "Δt in ms", "end"),
        _text(248, 26, "Δw / A₊", "start"),
        '<path d="M140 105v10M340 105v10M235 50h10" stroke="#999"/>',
        _text(140, 98, "−50"),
        _text(340, 132, "50"),
        _text(230, 56, "1", "end"),
    ]
    for side in (range(-100, 0, 2), range(2, 101, 2)):
        heights = rule.window(np.array(side, dtype=float))
        points = " ".join(
            f"{240 + 2 * t},{svg.rounded(110 - 60 * h)}" for t, h in zip(side, heights, strict=True)
        )
        color = "#0072B2" if side[0] > 0 else "#D55E00"
        shapes.append(
            f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="3"/>'
        )
    at, height = 240 + 2 * dt, svg.rounded(110 - 60 * change)
    color = "#0072B2" if change > 0 else "#D55E00" if change < 0 else "#777"
    shapes.append(f'<path d="M{at} 110V{height}" stroke="{color}" stroke-width="2"/>')
    shapes.append(f'<circle cx="{at}" cy="{height}" r="8" fill="{color}" stroke="#fff"/>')
    shapes.append('<path d="M40 250h400M40 310h400" stroke="#999" fill="none"/>')
    for name, y, t, color in (("before", 250, t_pre, "#222"), ("after", 310, t_post, "#222")):
        x = 40 + 4 * t
        shapes.append(f'<path d="M{x} {y}v-34" stroke="{color}" stroke-width="4"/>')
        shapes.append(
            f'<circle cx="{x}" cy="{y}" r="11" fill="#F5C242" stroke="#222" data-spike="{name}"/>'
        )
    shapes.append(_text(40, 232 if t_pre > 20 else 275, "cell before", "start"))
    shapes.append(_text(40, 292 if t_post > 20 else 335, "cell after", "start"))
    shapes.append(_text(440, 335, "100 ms", "end"))
    amount = _hundredths(change)
    verdict = "grows" if change > 0 else "shrinks" if change < 0 else "stays as it is"
    shapes.append(_text(240, 362, f"Δt = {_minus(dt)} ms: the synapse {verdict}, {amount} A₊"))
    style = "user-select:none;max-width:min(100%,32rem)"
    drawn = svg.picture(480, 374, shapes, ground=False, style=style, font_size=16, fill="#222")
    return drawn, (
        f"The cell before the synapse fires at {t_pre} ms, the one after it at {t_post} ms; with "
        f"τ = {tau} ms and A₋ = {ratio:g} A₊ the synapse {verdict}, Δw = {amount} A₊."
    )


class Learned(NamedTuple):
    """What ``find_pattern`` returns, for E starts and M afferents."""

    when: np.ndarray  # the time in the pattern at which each afferent fires, ms (E, M)
    begins: np.ndarray  # when each pattern begins, ms (n,)
    spikes: np.ndarray  # True where the cell fires, one row a millisecond (T, E)
    weights: np.ndarray  # in [0, 1], at the end (E, M)
    rasters: np.ndarray  # the afferents' spikes, (T, E, M)


def find_pattern(
    rule: STDP,
    same: bool = True,
    starts: int = 12,
    seconds: int = 12,
    afferents: int = 100,
    rate: float = 20.0,
    length: int = 50,
    every: int = 150,
    threshold: float = 8.0,
    tau: float = 10.0,
    seed: int = 0,
) -> Learned:
    """A cell whose V ← V e^(−1/τ) + w·spikes, reset at the threshold, learns by ``rule.step``.

    All afferents fire at random with the same rate.  Every so many ms, for ``length`` ms, each
    fires exactly once instead, at the same times each time or, with ``same=False``, at times drawn
    anew.  Steps of 1 ms; weights start at ½ and stay in [0, 1].
    """
    rng, T, shape = np.random.default_rng(seed), 1000 * seconds, (starts, afferents)
    S = np.asarray(rng.random((T, *shape)) < rate / 1000)
    when = rng.integers(0, length, shape)
    begins = np.arange(100, T - length, every)
    for begin in begins:
        times = when if same else rng.integers(0, length, shape)
        S[begin : begin + length] = np.arange(length)[:, None, None] == times
    w, V = np.full(shape, 0.5), np.zeros(starts)
    x, y = np.zeros(shape), np.zeros((starts, 1))  # the traces of STDP.step, for every start
    leak = math.exp(-1 / tau)
    keep_x, keep_y = math.exp(-1 / rule.tau_plus), math.exp(-1 / rule.tau_minus)
    spikes = np.zeros((T, starts), dtype=bool)
    for t in range(T):
        pre = S[t].astype(float)
        V = V * leak + (w * pre).sum(axis=1)
        spikes[t] = V >= threshold
        V[spikes[t]] = 0.0
        post = spikes[t][:, None].astype(float)
        x, y = x * keep_x, y * keep_y
        w = np.clip(w + rule.A_plus * x * post - rule.A_minus * y * pre, 0.0, 1.0)
        x, y = x + pre, y + post
    return Learned(when, begins, spikes, w, S)


def answers(found: Learned, since: int, length: int = 50) -> dict[str, np.ndarray]:
    """How each start answers the patterns that begin at ``since`` ms or later, (E,) each:
    the share of patterns with a spike in them, the share of all spikes that lie in patterns, and
    the median time to the first such spike in ms (NaN if there is none)."""
    begins = found.begins[found.begins >= since]
    windows = np.stack([found.spikes[t : t + length] for t in begins])  # (n, length, E)
    hit = np.asarray(windows.any(axis=1))
    first = np.where(hit, windows.argmax(axis=1), np.nan)
    late = found.spikes[begins[0] :].sum(axis=0)
    starts = range(hit.shape[1])
    latency = [np.median(first[hit[:, e], e]) if hit[:, e].any() else np.nan for e in starts]
    return {
        "answered": hit.mean(axis=0),
        "inside": windows.sum(axis=(0, 1)) / np.maximum(late, 1),
        "latency": np.array(latency),
    }


def _minus(number):
    return str(number).replace("-", "−")


def _hundredths(value):
    n = svg.rounded(100 * abs(value))
    return f"{'−' if value < 0 and n else ''}{n // 100}.{n % 100:02d}"


def _text(x, y, words, anchor="middle"):
    return svg.text(x, y, words, text_anchor=anchor)
