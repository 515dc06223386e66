"""Two pictures of losses, which the page draws by itself: book/_static/live/losses.js.

``journeys``  nine numbers, each pulls at the reader's one answer as hard as its loss is steep
``price``     what a stated probability costs, and the slope by the probability and by the logit

The best answers of ``journeys`` are judged in whole half minutes, so that both languages agree.
"""

import math

from dlcore.teaching import svg

ORDINARY = (16, 18, 20, 21, 23, 25, 28, 30)  # minutes; the ninth journey is the reader's
NAMES = {"squares": "½ error²", "absolute values": "|error|", "Huber": "Huber"}
COLORS = {"squares": "#D55E00", "absolute values": "#0072B2", "Huber": "#00734F"}
PRICES = ("cross-entropy", "half squared error")


def pull(loss: str, e: float, delta: float) -> float:
    """The slope of the loss at the error e: what the rope of one journey pulls with."""
    if loss == "squares":
        return e
    limit = 1 if loss == "absolute values" else delta
    if loss == "absolute values":
        return (e > 0) - (e < 0)
    return max(-limit, min(limit, e))


def mean_loss(loss: str, journeys: tuple, c: float, delta: float) -> float:
    """The mean of ½ e², |e| or Huber's function of the errors e = y − c."""
    total = 0.0
    for y in journeys:
        e = abs(y - c)
        if loss == "squares":
            total += 0.5 * e * e
        elif loss == "absolute values":
            total += e
        else:
            total += 0.5 * e * e if e <= delta else delta * (e - 0.5 * delta)
    return total / len(journeys)


def best(loss: str, journeys: tuple, delta: float) -> float:
    """Where the pulls balance: the mean, the median, or Huber's answer (by bisection)."""
    if loss == "squares":
        return sum(journeys) / len(journeys)
    if loss == "absolute values":
        return sorted(journeys)[len(journeys) // 2]
    low, high = 0.0, 128.0
    for _ in range(60):
        middle = (low + high) / 2
        net = sum(pull(loss, y - middle, delta) for y in journeys)
        low, high = (middle, high) if net > 0 else (low, middle)
    return high


def journeys(loss: str, ninth: int, answer: float, delta: int) -> tuple[str, str]:
    """Nine ropes at the reader's answer, the mean pull, and the three best answers."""
    days, color = (*ORDINARY, ninth), COLORS[loss]
    scale = 48 if loss == "absolute values" else 6  # pixels for a pull of 1
    here = _across(answer)
    shapes = [f'<path d="M{here} 30V492" stroke="#222222" stroke-width="2"/>']
    shapes.append(svg.text(here, 22, f"your answer {_tenth(answer)}", text_anchor="middle"))
    for row, y in enumerate(days):
        at, top = _across(y), 48 + 20 * row
        force = pull(loss, y - answer, delta)
        shapes.append(f'<path d="M{here} {top}H{at}" stroke="#BBBBBB" stroke-width="1"/>')
        shapes += _arrow(here, here + svg.rounded(scale * force), top, color, 5)
        if row == 8:
            shapes.append(
                f'<rect x="{at - 10}" y="{top - 10}" width="20" height="20" fill="#222222" '
                'data-point="ninth" style="cursor:grab"/>'
            )
        else:
            shapes.append(f'<circle cx="{at}" cy="{top}" r="7" fill="#777777"/>')
    net = sum(pull(loss, y - answer, delta) for y in days) / 9
    shapes += _arrow(here, here + svg.rounded(scale * net), 240, "#222222", 9)
    shapes.append(svg.text(620, 246, "mean pull", text_anchor="end"))
    shapes.append('<path d="M40 264H580" stroke="#444444" stroke-width="2"/>')
    for minutes in range(10, 101, 10):
        at = _across(minutes)
        shapes.append(f'<path d="M{at} 264v6" stroke="#444444" stroke-width="2"/>')
        words = f"{minutes}{' min' if minutes == 100 else ''}"
        shapes.append(svg.text(at, 288, words, text_anchor="middle"))
    answers = []
    for row, name in enumerate(NAMES):
        at, top, place = best(name, days, delta), 308 + 24 * row, f"{NAMES[name]}: "
        answers.append(_tenth(at))
        x = _across(at)
        shapes.append(
            f'<path d="M{x} {top - 8}l9 15h-18z" fill="{COLORS[name]}"/>'
            + svg.text(632, top + 7, place + answers[-1], text_anchor="end", fill=COLORS[name])
        )
    heights = [mean_loss(loss, days, c, delta) for c in range(10, 101)]
    highest = max(heights[0], heights[40])  # the curve leaves the picture at 50 minutes
    corners = " ".join(
        f"{_across(10 + i)},{492 - svg.rounded(110 * h / highest)}"
        for i, h in enumerate(heights)
        if h <= highest
    )
    value = mean_loss(loss, days, answer, delta)
    level = 492 - svg.rounded(110 * value / highest)
    shapes.append(
        f'<polyline points="{corners}" fill="none" stroke="{color}" stroke-width="3"/>'
        f'<path d="M40 492H580" stroke="#444444" stroke-width="2"/>'
        f'<circle cx="{here}" cy="{level}" r="7" fill="{color}"/>'
        + svg.text(40, 516, f"mean loss of an answer: {_tenth(value)} at yours")
    )
    around = [mean_loss(loss, days, answer + step, delta) for step in (-0.5, 0.0, 0.5)]
    if min(around) == around[1]:
        verdict = "no answer half a minute away costs less"
    else:
        verdict = f"the pulls lead to {'longer' if net > 0 else 'shorter'} times"
    extra = f" with δ = {delta}" if loss == "Huber" else ""
    sentence = (
        f"Ninth journey {ninth} minutes, {loss}{extra}, your answer {_tenth(answer)}: the mean "
        f"loss is {_tenth(value)}, and {verdict}. The best answers are {answers[0]} for squares, "
        f"{answers[1]} for absolute values and {answers[2]} for Huber."
    )
    style = "user-select:none;max-width:min(100%,40rem)"
    drawn = svg.picture(640, 526, shapes, style=style, font_size=19, fill="#222222")
    return drawn, sentence


def price(loss: str, p: float, y: float) -> tuple[str, str]:
    """ℓ over the probability p and over the logit z, with the slope at the chosen p."""
    z = math.log(p / (1 - p))
    value, by_p = _cost(loss, p, y), _slope(loss, p, y)
    by_z = p - y if loss == PRICES[0] else (p - y) * p * (1 - p)
    highest = 7.0 if loss == PRICES[0] else 0.6
    shapes = []
    for left, unit, ticks in ((60, "p", (0, 0.5, 1)), (360, "z", (-6, 0, 6))):
        shapes.append(
            f'<path d="M{left} 40V290H{left + 250}" fill="none" stroke="#444444" stroke-width="2"/>'
        )
        for tick in ticks:
            at = left + svg.rounded(250 * (tick if unit == "p" else (tick + 8) / 16))
            shapes.append(f'<path d="M{at} 290v6" stroke="#444444" stroke-width="2"/>')
            shapes.append(svg.text(at, 314, _number(tick), text_anchor="middle"))
        words = "stated probability p" if unit == "p" else "logit z"
        shapes.append(svg.text(left + 125, 340, words, text_anchor="middle"))
    for tick in (0, 2, 4, 6) if loss == PRICES[0] else (0, 0.2, 0.4, 0.6):
        at = 290 - svg.rounded(250 * tick / highest)
        shapes.append(f'<path d="M54 {at}h6" stroke="#444444" stroke-width="2"/>')
        shapes.append(svg.text(50, at + 7, _number(tick), text_anchor="end"))
    shapes.append(svg.text(60, 26, f"ℓ, {loss}"))
    over_p = [(k / 500, _cost(loss, k / 500, y)) for k in range(1, 500)]
    over_z = [(k / 125, _cost(loss, 1 / (1 + math.exp(8 - 16 * k / 125)), y)) for k in range(126)]
    for left, curve in ((60, over_p), (360, over_z)):
        inside = " ".join(
            f"{left + svg.rounded(250 * x)},{290 - svg.rounded(250 * h / highest)}"
            for x, h in curve
            if h <= highest
        )
        shapes.append(
            f'<polyline points="{inside}" fill="none" stroke="#0072B2" stroke-width="3"/>'
        )
    for left, x, slope in ((60, p, by_p), (360, (z + 8) / 16, 16 * by_z)):
        at, level = left + svg.rounded(250 * x), 290 - svg.rounded(250 * value / highest)
        rise = slope / highest  # of the tangent, in a picture as wide as it is high
        length = 40 / math.sqrt(1 + rise * rise)
        dx, dy = svg.rounded(length), length * rise
        parts = []
        for side in (-1, 1):  # each half of the tangent as far as the frame goes
            far = max(left, min(left + 250, at + side * dx))
            part = abs(far - at) / dx if dx else 1.0
            parts.append(f"{far} {level - svg.rounded(side * part * dy)}")
        shapes.append(
            f'<path d="M{parts[0]}L{parts[1]}" stroke="#D55E00" stroke-width="4"/>'
            f'<circle cx="{at}" cy="{level}" r="7" fill="#222222"/>'
        )
    shapes.append(svg.text(60, 378, f"∂ℓ/∂p = {_three(by_p)}", fill="#B34700"))
    shapes.append(svg.text(360, 378, f"∂ℓ/∂z = {_three(by_z)}", fill="#B34700"))
    shapes.append(
        svg.text(60, 408, f"y = {_number(y)}, p = {_number(p)}, z = {_three(z)}, "
                          f"ℓ = {_three(value)}")
    )  # fmt: skip
    sentence = (
        f"{loss}, share of ones {_number(y)}, stated probability {_number(p)}: the loss is "
        f"{_three(value)}, its slope by the probability {_three(by_p)}, by the logit "
        f"{_three(by_z)}."
    )
    drawn = svg.picture(640, 424, shapes, style="max-width:min(100%,40rem)", font_size=19,
                        fill="#222222")  # fmt: skip
    return drawn, sentence


def _cost(loss, p, y):
    if loss == PRICES[1]:
        return 0.5 * (y * (1 - p) * (1 - p) + (1 - y) * p * p)
    return -(y * math.log(p) if y > 0 else 0) - ((1 - y) * math.log(1 - p) if y < 1 else 0)


def _slope(loss, p, y):
    return p - y if loss == PRICES[1] else (p - y) / (p * (1 - p))


def _across(minutes):
    return svg.rounded(40 + 6 * (minutes - 10))


def _arrow(start, end, y, color, width):
    if start == end:
        return []
    back = -1 if end > start else 1
    head = 12 if width > 6 else 9
    tip = f'<path d="M{end} {y}l{back * head} {-head}v{2 * head}z" fill="{color}"/>'
    return [f'<path d="M{start} {y}H{end}" stroke="{color}" stroke-width="{width}"/>', tip]


def _tenth(value):
    n = svg.rounded(10 * value)
    return f"{n // 10}.{n % 10}"


def _three(value):
    n = svg.rounded(1000 * abs(value))
    if n >= 100_000:
        n = svg.rounded(abs(value)) * 1000
        return f"{'−' if value < 0 else ''}{n // 1000}"
    return f"{'−' if value < 0 and n else ''}{n // 1000}.{n % 1000:03d}"


def _number(value):
    return f"{value:g}".replace("-", "−")
