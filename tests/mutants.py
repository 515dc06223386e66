"""Mutation testing: what would the tests not notice?

    make mutants                                         (or: python -m publishing mutants)
    python -m publishing mutants losses layers    only these modules

mutmut changes the algorithm modules in thousands of ways, one at a time (a sign, a comparison, a
number, an argument, a word of a message), and runs the tests that touch the changed function.  A
change that fails no test has survived; it counts as alive, and so does one that no test touches.
Written to tests/MUTANTS.md: how many of each module were killed, and every survivor, grouped by
the reason why it lives.

pytest collects the tests once, before mutmut forks a process for each change.  Such a process tries
the tests that name the module or what was changed, then the others, always from the quickest on,
and after ``BUDGET`` seconds without a failure it stops: what takes longer to be noticed is alive.
"""

import ast
import difflib
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "tests" / "MUTANTS.md"
WANTED, PATIENCE = 0.95, 0.01  # at least so many killed, at most so many stopped by the clock
SUSPICIOUS = 35  # what mutmut calls an end that is neither
BUDGET = 10.0  # seconds of the processor's time for the tests of one change

# Why a survivor is no gap: the reason, and what such a change looks like (``difference``).
GROUPS = {
    "The value at the border: both branches give the same there, another branch has taken it, or "
    "a random number hits it with probability 0": r"^([<>] → [<>]=|[<>]= → [<>]) in (?!if )|< → <= in if (radii|not bool)|"
    r"^(> → >=|<= → <) in if (trial|l|y\.ndim|is_array|floating)|^0 → 1 in if \(ph, pw\)|^x \. ndim > 0 → ",
    "Computed, but not used where it differs: it only has to be safe, or long enough": r"below = xp.where|above = xp.where|gaps = rng.exponential|number = np.full|"
    r"zeros_like\(here\)|_times\(|gamma = -1.0|rngs = |zeros\(4,|zeros\(0|"
    r"^1 → 2 in unit = |expm?1?\(xp.clip\(z, None|0\.0 \* xp\.clip\(z, -1|\bFAR\b|"
    r"^1 → 2 in (t1, t2 = |return \(self\[e\])|^w → None in if \(got",
    "It runs once, when the module is read, before mutmut switches the change on": r"return lambda (x, other|x, axis)|x\.clip\(low, high\)|reduced\(np|getattr\(xp\.torch",
    "A number that only chooses which random example is tried": r"^(0 → 1|seed → None|2 → 3) in (def f\(.*seed: int = 0|w = np|rng = np)|^6 → 7 in theta|CHUNK // 5|away from special values|np\.stack\(\[",
    "`clip` without an end is `clip` with None there": r"^None → nothing in .*\.clip\(",
    "Every batch size gives the same": r"1000 → 1001|^1 → 2 in (starts = range|x = asarray\(np\.zeros)",
    "The long way checks the shape once more, and finds it right": r"ndim < 4",
    "`strict` guards against lengths that cannot differ here": r"True → .* in .*strict=",
    "`float` reads INF as it reads inf": r"^inf → INF in ",
    "Another colour, another checksum, a longer wait": r"C\{2 \+ i\}|digest_size|wait=10",
    "An exception is pickled with its attributes, too; its arguments are only counted": r"^(history|step) → None in super",
    "An array without entries is never compared": r"initial ?= ?0",
    "Written before it is read": r"self\.converged, self\.diverged",
    "The layer that is told `None` takes it for `False`, as it is told there": r"^train → None in ",
    "The same number or the same truth value, written otherwise": r"1e30 → 1e \+ 30|^\+ → - in return lambda t: lr \+ 0|False → None in|XX in .*kind not in|"
    r"^0 → 1 in (p = xp.ones_like|return y if|self\.piece)|is_array \( counter \)|self\.lr \+ 0|self \. smoothing == 0|"
    r"^int → None in view|order=\"C\"|^\| → nothing in self.stopped|"
    r"^n_weights → None in self.n_weights = n_weights",
    "Runs are compared with runs, all counted in the same way": r"(run \+= 1|w, run = )",
    "The layer does the same in training and in evaluation": r"^False → True in def f\(self, params: Arrays, \w+: Array, train: bool = False",
    "The last axis of a matrix is its axis 1": r"- → =?\+ in .*(axis=-1|shape\[-1\])|, axis =- 1 → nothing in order|"
    r"^0 → 1 in return namespace",
    "NumPy takes any negative length of `reshape` as −1": r"^1 → 2 in .*reshape",
    "The dtype left out is the one that comes of itself, or one that compares in the same way": r"^(float|dtype = .*|xp \. int64|(y|like) \. dtype) → (None|nothing|dtype = None) in ",
    "There is one device on a machine without CUDA": r"^[^→]*\bdevice\b[^→]* → .* in |cuda|on_cpu",
    "±1 times is ±1 divided by": r"^\* → / in ",
    "Rounded down in any case": r"^// → / in left = ",
    "So few numbers are sorted in the same way by every method": r"in quota\[np.argsort",
    "A finer quadrature, one step more, or another power of 2, gives the same digits": r"^600 → 601|leggauss|np.arange\(-12|10_000 → 10001",
    "A wider search finds the same functions": r"range\(-2|range\(n \+ 2\)",
    "A quick way for what is asked often: the long way gives the same": r"_NAMESPACE_OF_TYPE|_FLOATING|hasattr\(x, \"|type\(g\) is not|value=False|type\(theta\) is not|"
    r"floating|capturable|value.ndim > 0|rpartition|dtype=False|not is_like\(a|_putting_back",
    "Told by the checks before it, or used in a message only": r"at_zero=0\):|column = value.ndim|caches\[-1\] is not None|hasattr\(net|order\(epoch\)|"
    r"continue|_number|value = to_numpy|0 → nothing in number|separable.*name=|name = ",
    "A word or a number of a message, or a name that is only shown: the tests hold the kind of the "
    "error and, where it tells them, its owner and argument, but not every word": r"→ XX|^[^→]*\"[^→]*\" → (None|nothing) in|^(?i:(?P<word>[^→]+) → (?P=word) in )|"
    r"^(who|self|str \( self \)|name|net|theta|y|x|g|lists|feedback|message) → None in|"
    r" in (raise|f\"|(names|found|known|stack|kind|got|n_in) = |return str\(pair|"
    r"samples = \"1)",
}
OTHERS = "Not told apart by any test"


def run(modules):
    """Let mutmut work, with a process for each core and one thread for each process."""
    os.environ |= {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    os.environ["PY_IGNORE_IMPORTMISMATCH"] = "1"  # the tests here and mutmut's copy are the same
    os.chdir(ROOT)
    from mutmut import __main__ as mutmut
    from mutmut.runners.harness import PytestRunner
    from mutmut.workers.isolation import ForkRunner

    class Runner(ForkRunner):
        def startup(self):
            self.test_runner = Collected()
            super().startup()

    mutmut.get_mutant_runner = lambda n: Runner(n, PytestRunner())
    mutmut._run([f"dlcore.{module}.*" for module in modules], os.cpu_count())


class Collected:
    """The collected tests, from which the process of a change takes those that touch it."""

    def __init__(self):
        from _pytest.config import _prepareconfig
        from _pytest.main import Session
        from mutmut.configuration import config

        os.chdir("mutants")
        options = [*config().pytest_add_cli_args, *config().pytest_add_cli_args_test_selection]
        pytest = _prepareconfig(["--rootdir=.", "--tb=native", "-q", *options])
        pytest._do_configure()
        self.session = Session.from_config(pytest)
        pytest.hook.pytest_sessionstart(session=self.session)
        pytest.hook.pytest_collection(session=self.session)
        os.chdir(ROOT)

    def run_tests(self, *, mutant_name, tests):
        """0 if none of the tests fails, 1 if one does; ``tests`` come with the quickest first."""
        os.chdir("mutants")
        module, function = mutant_name.split(".")[1:3]
        name = function.split("ǁ")[1] if "ǁ" in function else function[2:].partition("__mutmut")[0]

        near = f"test_{module}.py", f"[{module}.", name
        tests = sorted(tests, key=lambda test: not any(word in test for word in near))
        place = {test: i for i, test in enumerate(tests)}
        items = [item for item in self.session.items if item.nodeid in place]
        items.sort(key=lambda item: place[item.nodeid])
        start = time.process_time()
        try:
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
                if self.session.testsfailed:
                    return 1
                if time.process_time() - start > BUDGET:
                    break
        except BaseException:  # only a failed test kills: any other end is told apart from it
            return SUSPICIOUS
        return 0


def results():
    """{module: {mutant: (verdict, change)}} of the last run; the change of survivors only."""
    from mutmut.stats import status_by_exit_code

    found = defaultdict(dict)
    for meta in sorted((ROOT / "mutants" / "dlcore").glob("*.py.meta")):
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        source = meta.with_suffix("").read_text(encoding="utf-8")
        lines = source.splitlines()
        functions = {
            node.name: lines[node.lineno - 1 : node.end_lineno]
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.FunctionDef)
        }
        for mutant, code in codes.items():
            verdict, change = status_by_exit_code[code], ""
            if verdict not in ("killed", "segfault", "not checked"):
                name = mutant.rpartition(".")[2]
                original = name.rpartition("__mutmut_")[0] + "__mutmut_orig"
                change = difference(functions[original], functions[name])
            found[meta.name.removesuffix(".py.meta")][mutant] = verdict, change
    return found


TOKEN = re.compile(r"\w+|[-+*/<>=!]+|\S")


def difference(original, mutated):
    """What was changed and into what, and where: "> → >= in return z * (z > 0)"."""

    def plain(lines):  # the functions are named after the mutant: that is no difference
        return [re.sub(r"x\w*__mutmut_\w+", "f", line.strip()) for line in lines]

    lines = list(difflib.unified_diff(plain(original), plain(mutated), lineterm="", n=0))[3:]
    before, after = (" ".join(line[1:] for line in lines if line[0] == mark) for mark in "-+")
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    changed = [block for block in blocks if block[0] != "equal"]
    (_, i, _, k, _), (_, _, j, _, m) = changed[0], changed[-1]
    return f"{' '.join(old[i:j]) or 'nothing'} → {' '.join(new[k:m]) or 'nothing'} in {before}"


def reason(change):
    return next((r for r, pattern in GROUPS.items() if re.search(pattern, change)), OTHERS)


def report(found):
    """The Markdown text, and a line for each promise that is not kept."""
    total = Counter()
    rows, survivors = [], defaultdict(list)
    for module, mutants in found.items():
        count = Counter(verdict for verdict, _ in mutants.values())
        if count["not checked"]:
            raise SystemExit(f"mutants: {count['not checked']} of {module} were not judged")
        count["killed"] += count.pop("segfault", 0)
        total += count
        rows.append([module, len(mutants), *(count[v] for v in VERDICTS), share(count)])
        for mutant, (verdict, change) in mutants.items():
            if verdict == "survived":
                survivors[reason(change)].append((mutant.partition(".")[2], change))
    rows.append(["**all**", total.total(), *(total[v] for v in VERDICTS), share(total)])
    head = ["module", "mutants", *VERDICTS, "killed, %"]
    lines = [INTRODUCTION, "", row(head), row(["---"] + ["---:"] * (len(head) - 1))]
    lines += [row(cells) for cells in rows]
    lines += ["", f"## The {total['survived']} survivors"]
    for why in [*GROUPS, OTHERS]:
        if survivors[why]:
            lines += ["", f"### {why} ({len(survivors[why])})", ""]
            lines += [f"- `{name}`: `` {change} ``" for name, change in survivors[why]]
    broken = []
    if total["killed"] < WANTED * total.total():
        broken.append(f"{share(total)} % killed, wanted {100 * WANTED:g} %")
    if total["timeout"] >= PATIENCE * total.total():
        broken.append(f"{total['timeout']} timeouts, wanted fewer than {100 * PATIENCE:g} %")
    return "\n".join(lines) + "\n", broken


VERDICTS = ["killed", "survived", "no tests", "timeout", "suspicious"]
INTRODUCTION = """# Mutants

Written by `make mutants`; see [mutants.py](mutants.py). The algorithm modules of dlcore are changed
in all the ways that mutmut knows, one change at a time, and the tests are run against each. Killed:
a test failed. Survived: none did. Nothing is excluded from the count; a mutant that no test touches
(`no tests`) counts as alive. mutmut changes functions and methods; it leaves code outside of them
and functions with a decorator, here the properties, as they are."""


def share(count):
    return f"{100 * count['killed'] / count.total():.1f}"


def row(cells):
    return f"| {' | '.join(map(str, cells))} |"


def main(*modules):
    run(modules)
    text, broken = report(results())
    if not modules:
        REPORT.write_text(text, encoding="utf-8")
        print(f"written: {REPORT.relative_to(ROOT)}")
    print(text)
    sys.exit("\n".join(broken) if broken and not modules else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
