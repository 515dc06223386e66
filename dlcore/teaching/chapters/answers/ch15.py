"""Exercises of chapter 15, optimisers."""

from fractions import Fraction

import numpy as np

from dlcore.teaching.exercises import Between, Exercise


def _digits_of(value):
    return float(np.log10(abs(value))) if value else -np.inf


def two_walks(answer):
    """15.3: |w₂₀₀| of the misprinted and of the right Nesterov on w²/2, to a few per cent."""
    printed, right = (float(value) for value in answer)
    wanted_printed, wanted_right = _printed(), _right()
    if (
        abs(_digits_of(printed) - _digits_of(wanted_right)) < 0.1
        and abs(_digits_of(right) - _digits_of(wanted_printed)) < 0.1
    ):
        return "These are the two numbers, in the other order: the misprinted rule comes first."
    if abs(_digits_of(printed) - _digits_of(wanted_printed)) > 0.05:
        if abs(_digits_of(printed) - _digits_of(_printed(steps=201))) < 0.05:
            return "The first number is w after 201 updates; make 200, from w₀ = 1 and v₀ = 0."
        return (
            "The first number: take the rule as it is printed, with w + μv inside the gradient "
            "and η both in v and in the update of w."
        )
    if abs(_digits_of(right) - _digits_of(wanted_right)) > 0.05:
        if abs(_digits_of(right) - _digits_of(_printed(behind=False))) < 0.05:
            return "The second number: the place is right, but η still enters twice."
        if abs(_digits_of(right) - _digits_of(_look_ahead())) < 0.05:
            return "The second number is the look-ahead point w + μv; w itself is asked for."
        return (
            "The second number: the gradient is taken where the velocity is about to carry w, "
            "and η enters once."
        )
    return None


def _printed(steps=200, behind=True):
    w, v = 1.0, 0.0
    for _ in range(steps):
        v = 0.9 * v + 0.5 * (w + (0.9 if behind else -0.9) * v)
        w = w - 0.5 * v
    return abs(w)


def _nesterov():
    w, v = 1.0, 0.0
    for _ in range(200):
        v = 0.9 * v - 0.5 * (w + 0.9 * v)
        w = w + v
    return w, v


def _right():
    return abs(_nesterov()[0])


def _look_ahead():
    w, v = _nesterov()
    return abs(w + 0.9 * v)


def _torch_run(name, theta, gradients, lr):
    import torch

    theta = torch.tensor(theta)
    optimizer = {
        "momentum": lambda: torch.optim.SGD([theta], lr=lr, momentum=0.9),
        "rmsprop": lambda: torch.optim.RMSprop([theta], lr=lr, alpha=0.9, eps=1e-8),
        "adam": lambda: torch.optim.Adam([theta], lr=lr, eps=1e-8),
    }[name]()
    for g in gradients:
        theta.grad = torch.tensor(g)
        optimizer.step()
    return theta.numpy()


def like_torch(run):
    """15.5: run(name, theta, gradients, lr) makes the updates of torch.optim, 50 steps."""
    rng = np.random.default_rng(0)
    start, gradients = np.linspace(-2, 2, 5), rng.normal(size=(50, 5))
    other = _adam_by_the_root_of_v(start, gradients, 0.05)
    for name in ("momentum", "rmsprop", "adam"):
        given = start.copy()
        result = run(name, given, gradients.copy(), 0.05)
        if result is None:
            return f'For "{name}" the function returned nothing: return the final θ.'
        result = np.asarray(result, dtype=float)
        if result.shape != start.shape:
            return f'For "{name}" expected an array of shape (5,), got {result.shape}.'
        if not np.isfinite(result).all():
            return (
                f'"{name}" ends at a number that is not finite. Does 1 − βᵗ begin with t = 1? '
                "With t = 0 it is zero."
            )
        gap = float(np.abs(result - _torch_run(name, start, gradients, 0.05)).max())
        if gap < 1e-8 or (name == "adam" and np.abs(result - other).max() < 1e-8):
            continue
        for slip, hint in _SLIPS[name]:
            if np.abs(result - slip(start, gradients, 0.05)).max() < 1e-8:
                return f'"{name}": {hint}'
        return f'"{name}" differs from torch.optim by up to {gap:.1e} after 50 steps.'
    return None


def _updates(start, gradients, direction):
    theta, m, v = start.copy(), np.zeros_like(start), np.zeros_like(start)
    with np.errstate(divide="ignore", invalid="ignore"):  # one slip divides by 1 − β⁰
        for t, g in enumerate(gradients, start=1):
            m, v, d = direction(t, g, m, v)
            theta -= d
    return theta


def _averaged_momentum(start, gradients, lr):
    def direction(t, g, m, v):
        m = 0.9 * m + 0.1 * g
        return m, v, lr * m

    return _updates(start, gradients, direction)


def _rms(inside=False, rho=0.9):
    def slip(start, gradients, lr):
        def direction(t, g, m, v):
            v = rho * v + (1 - rho) * g**2
            return m, v, lr * g / (np.sqrt(v + 1e-8) if inside else np.sqrt(v) + 1e-8)

        return _updates(start, gradients, direction)

    return slip


def _adam(shift=0, corrected=True, inside=False):
    def slip(start, gradients, lr):
        def direction(t, g, m, v):
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            a, b = (1 - 0.9 ** (t + shift), 1 - 0.999 ** (t + shift)) if corrected else (1, 1)
            root = np.sqrt(v / b + 1e-8) if inside else np.sqrt(v / b) + 1e-8
            return m, v, lr * m / a / root

        return _updates(start, gradients, direction)

    return slip


def _adam_by_the_root_of_v(start, gradients, lr):
    # The paper's faster form: η √(1 − β₂ᵗ)/(1 − β₁ᵗ) m/(√v + ε̂).  Right as well.
    def direction(t, g, m, v):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        rate = lr * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        return m, v, rate * m / (np.sqrt(v) + 1e-8)

    return _updates(start, gradients, direction)


_SLIPS = {
    "momentum": [
        (
            _averaged_momentum,
            "that is the weighted mean, with (1 − μ) before the gradient; here v ← μv + g.",
        )
    ],
    "rmsprop": [
        (_rms(inside=True), "ε stands outside the root."),
        (_rms(rho=0.99), "that is ρ = 0.99; the task says 0.9."),
    ],
    "adam": [
        (_adam(corrected=False), "the bias correction is missing."),
        (_adam(shift=1), "the first update has the exponent t = 1, not 2."),
        (_adam(inside=True), "ε stands outside the root."),
    ],
}


def _right_run(name, theta, gradients, lr):
    if name == "momentum":

        def direction(t, g, m, v):
            m = 0.9 * m + g
            return m, v, lr * m

        return _updates(theta, gradients, direction)
    return {"rmsprop": _rms(), "adam": _adam()}[name](theta, gradients, lr)


def _with(name, slip):
    def run(which, theta, gradients, lr):
        run_it = slip if which == name else lambda *args: _right_run(which, *args)
        return run_it(theta, gradients, lr)

    return run


STEP, LINE = [0.1, 0.05, 0.025, 0.0125], [0.076, 0.075, 0.05, 0.001]
OPEN, AFTER = 4 * [...], ("t = 24", "t = 25", "t = 50", "t = 99")
BEST = [81 / 121, 4 / 121]


def _longest(t, beta1=0.9, beta2=0.999):
    q = beta1**2 / beta2
    sums = np.sqrt((1 - q**t) / (1 - q)) * (1 - beta1) / np.sqrt(1 - beta2)
    return float(sums * np.sqrt(1 - beta2**t) / (1 - beta1**t))


LONGEST = [_longest(t) for t in (1, 10, 100)]

EXERCISES = [
    Exercise(
        "15.1",
        "array",
        answer=[0.01, 0.02],
        tolerance=[1e-6, 1e-5],
        labels=("with correction", "without correction"),
        hints=[
            ([0.02, 0.01], "The two are exchanged: with the correction comes first."),
            ([Between(high=-1e-9), ...], "The absolute values are asked for."),
            ([..., Between(high=-1e-9)], "The absolute values are asked for."),
            (
                [0.03, ...],
                "That is plain descent, η g. Adam divides by the root of the mean square.",
            ),
            (
                [0.01, Between(0.0316, 0.0317)],
                "The second number is that of the usual constants; here β₁ = 0.8 and β₂ = 0.99.",
            ),
            (
                [0.01, 0.01],
                "Without correction m is (1 − β₁) g and v is (1 − β₂) g²: their quotient is not 1.",
            ),
            ([0.01, ...], "The second number: m = (1 − β₁) g, v = (1 − β₂) g², and mind the root."),
        ],
        hint="The first number: put m̂ = g and v̂ = g² into the update.",
        praise="Without the correction the first step is twice too long.",
        right=[[0.01, 0.02], np.array([0.01, 0.02]), (0.0099999999, Fraction(1, 50))],
        wrong=[
            ([0.02, 0.01], "exchanged"),
            ([0.03, 0.02], "plain descent"),
            ([0.01, 0.01], "not 1"),
            ([0.01, 0.0316], "usual constants"),
            ([0.01, 0.2], "mind the root"),
            ([-0.01, -0.02], "absolute values"),
        ],
    ),
    Exercise(
        "15.2",
        "array",
        answer=[STEP, LINE],
        tolerance=1e-5,
        labels=dict.fromkeys(("step decay", "linear decay"), AFTER),
        hints=[
            ([LINE, STEP], "The rows are exchanged: step decay comes first."),
            *(
                (
                    [[*STEP[:3], rounded], OPEN],
                    "Right so far as it goes, but the last rate of step decay is rounded: give "
                    "four decimals.",
                )
                for rounded in (Between(0.0127, 0.0131), Between(0.0119, 0.0123))
            ),
            (
                [[0.1, 0.1, 0.05, 0.0125], OPEN],
                "Step decay: after t = 25 updates ⌊t/s⌋ is 1. (dlcore's function wants the number "
                "of the coming update.)",
            ),
            (
                [STEP, STEP],
                "Both rows are the staircase; linear decay is a straight line from η₀ down to 0.",
            ),
            (
                [STEP, OPEN],
                "Linear decay: what is left of the way from t to T, as a share of T, times η₀.",
            ),
        ],
        hint="Step decay: round t/s down, and raise γ to that power.",
        praise="A staircase and a straight line.",
        right=[
            [STEP, LINE],
            np.array([STEP, LINE]),
            [
                [0.1, 0.1 * 0.5, 0.1 * 0.25, 0.1 / 8],
                [0.1 * (1 - t / 100) for t in (24, 25, 50, 99)],
            ],
        ],
        wrong=[
            ([LINE, STEP], "exchanged"),
            ([[0.1, 0.05, 0.025, 0.013], LINE], "four decimals"),
            ([[0.1, 0.05, 0.025, 0.012], LINE], "four decimals"),
            ([STEP, STEP], "straight line"),
            ([[0.1, 0.1, 0.05, 0.0125], LINE], "⌊t/s⌋"),
            ([STEP, [0.075, 0.074, 0.049, 0.0]], "what is left"),
            ([[0.08, 0.05, 0.025, 0.0125], LINE], "round t/s down"),
        ],
    ),
    Exercise(
        "15.3",
        "array",
        shape=(2,),
        test=two_walks,
        praise="One grows without bound, the other falls to nothing, and the formulas look alike.",
        right=[[_printed(), _right()], [float(f"{_printed():.1e}"), float(f"{_right():.1e}")]],
        wrong=[
            ([_right(), _printed()], "other order"),
            ([1.0, _right()], "as it is printed"),
            ([_printed(), _look_ahead()], "look-ahead point"),
            ([_printed(), _printed(behind=False)], "still enters twice"),
            ([_printed(), 1.0], "η enters once"),
            ([0.0, 0.0], "as it is printed"),
            ([_printed(steps=201), _right()], "201"),
        ],
    ),
    Exercise(
        "15.4",
        "number",
        answer=1 / 14,
        tolerance=1e-4,
        hints=[
            (1 / np.sqrt(96), "The twenty-fifth gradient counts before its own step."),
            (1 / 196, "The root is missing: η is divided by √G."),
            (14, "That is √G; the rate is divided by it."),
            (0.1, "That is the last gradient alone. G holds the earlier ones as well."),
            (1 / np.sqrt(148), "Each gradient of ±2 counts with its square, 4."),
            (Between(0.0695, 0.0735), "Near: give a fraction, or three significant digits."),
        ],
        hint="G is the sum of the squares of all gradients so far, the twenty-fifth among them.",
        praise="The signs do not matter: Adagrad's clock counts squares.",
        right=[1 / 14, 0.0714, np.float64(1 / 14), Fraction(1, 14)],
        wrong=[
            (0.10206, "before its own"),
            (0.0051, "root is missing"),
            (14, "divided by it"),
            (0.1, "last gradient alone"),
            (0.0822, "its square"),
            (0.07, "three significant digits"),
            (0.5, "sum of the squares"),
        ],
    ),
    Exercise(
        "15.5",
        "function",
        test=like_torch,
        praise="Three optimisers of your own, and torch agrees with each of them.",
        right=[_right_run, _with("adam", _adam_by_the_root_of_v)],
        wrong=[
            (_with("momentum", _averaged_momentum), "weighted mean"),
            (_with("rmsprop", _rms(inside=True)), "outside the root"),
            (_with("rmsprop", _rms(rho=0.99)), "0.99"),
            (_with("adam", _adam(corrected=False)), "missing"),
            (_with("adam", _adam(shift=1)), "exponent"),
            (_with("adam", _adam(shift=-1)), "begin with t = 1"),
            (lambda name, theta, gradients, lr: None, "returned nothing"),
            (lambda name, theta, gradients, lr: theta[:2], "shape"),
            (lambda name, theta, gradients, lr: theta, "differs from torch.optim"),
        ],
    ),
    Exercise(
        "15.6",
        "array",
        answer=BEST,
        tolerance=[2e-4, 2e-4],
        labels=("μ", "η"),
        hints=[
            (BEST[::-1], "The two are exchanged: μ comes first."),
            ([Between(0.817, 0.82), ...], "That is the root of μ, the factor of each step."),
            (
                [Between(0.959, 0.962), ...],
                "The formula wants the root of the condition number, not κ itself.",
            ),
            ([Between(0.665, 0.675), Between(0.0325, 0.0335)], "Near: give four decimals."),
            ([BEST[0], ...], "μ is right. For η add the two equations: 11 √η = 2."),
        ],
        hint="Make both ends of the range of (eq. 15.11) meet the curvatures: √η = 1 − √μ and "
        "10 √η = 1 + √μ.",
        praise="Each step multiplies the error by √μ, about 0.82, where plain descent has 0.98.",
        right=[BEST, [0.66942, 0.03306], np.array([0.6694, 0.0331])],
        wrong=[
            (BEST[::-1], "exchanged"),
            ([9 / 11, 4 / 121], "root of μ"),
            ([0.67, 0.033], "four decimals"),
            ([81 / 121, 2 / 11], "μ is right"),
            ([0.9, 0.01], "both ends"),
            ([(99 / 101) ** 2, 0.0198], "not κ itself"),
        ],
    ),
    Exercise(
        "15.7",
        "array",
        answer=LONGEST,
        tolerance=1.1e-3,
        labels=("t = 1", "t = 10", "t = 100"),
        hints=[
            (
                [Between(3.16, 3.17), Between(6.8, 6.9), Between(7.26, 7.28)],
                "That is without the bias correction; multiply by √(1 − β₂ᵗ)/(1 − β₁ᵗ).",
            ),
            (
                3 * [Between(7.26, 7.28)],
                "That is the limit after infinitely many steps; here the sums have t terms.",
            ),
            (
                [1, Between(0.99, 1.01), Between(0.99, 1.01)],
                "That is for a constant gradient. Which gradients make the two sides of the "
                "inequality equal?",
            ),
            (
                [Between(high=0.998), ..., ...],
                "With a single gradient the quotient is 1, whatever it is.",
            ),
            (
                [Between(low=1.002), ..., ...],
                "With a single gradient the quotient is 1, whatever it is.",
            ),
            (
                [1, ..., ...],
                "The first is right. Sum β₁²/β₂ to the power j over j = 0 … t − 1 only, and mind "
                "both corrections.",
            ),
        ],
        hint="The geometric sum now has t terms, and the corrections multiply by "
        "√(1 − β₂ᵗ)/(1 − β₁ᵗ).",
        praise="The limit 7.27 is approached slowly, and never passed.",
        right=[LONGEST, np.array(LONGEST), tuple(round(R, 3) for R in LONGEST)],
        wrong=[
            ([3.1623, 6.8156, 7.2703], "without the bias correction"),
            ([7.27, 7.27, 7.27], "infinitely many"),
            ([1, 1, 1], "constant gradient"),
            ([0.1, 1.0, 2.0], "single gradient"),
            ([3.16, 1.0, 2.0], "single gradient"),
            ([1, 2, 3], "t − 1 only"),
        ],
    ),
    Exercise(
        "15.8",
        "number",
        answer=3.8 / 2.8,
        tolerance=6e-3,
        hints=[
            (3.8, "That is the heavy ball's limit, 2(1 + μ)."),
            (2, "That is the limit of plain descent, μ = 0."),
            (1, "There the walk is at its quickest; it still converges a little above."),
            (
                Between(1.9, 1.999),
                "Check the gradient: it is taken at w + μv, so 1 − ηλ multiplies both terms.",
            ),
            (
                Between(1.32, 1.42),
                "Near: take more steps, and halve the interval further, or put r = −1 into the "
                "recursion.",
            ),
        ],
        hint="Put wₜ = rᵗ into the recursion with the gradient λ(w + μv), and then r = −1.",
        praise="The look-ahead brakes, and where the walls are steep it brakes too hard.",
        right=[3.8 / 2.8, 1.36, 1.357, np.float64(1.3571), Fraction(38, 28)],
        wrong=[
            (3.8, "heavy ball"),
            (2, "plain descent"),
            (1, "quickest"),
            (1.9, "both terms"),
            (1.3, "r = −1"),
            (1.4, "halve the interval"),
        ],
    ),
]
