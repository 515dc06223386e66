"""make bench: how fast dlcore is beside torch.nn, JAX and scikit-learn, in half an hour or less.

Everything else should rest meanwhile.  Parts can be measured alone, the others stay as they were:
python -m tests.bench [one] [all] [sweeps] [digits] [--rounds 30]; --draw measures nothing.
"""

import argparse
import json
import time

from tests.bench import measure, report


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(measure.PARTS)}")
    parser.add_argument("--rounds", type=int, default=30, help="of interleaved turns")
    parser.add_argument("--draw", action="store_true", help="write tables and pictures again")
    options = parser.parse_args()
    parts = options.parts or measure.PARTS
    if unknown := [part for part in parts if part not in measure.PARTS]:
        parser.error(f"expected parts of {', '.join(measure.PARTS)}, got {', '.join(unknown)}")
    found = report.load() if report.MEASURED.exists() else {}
    if not options.draw:
        found |= {"machine": measure.machine(), "rounds": options.rounds}
        found["tasks"] = {name: measure.words(task) for name, task in measure.tasks().items()}
        for i, part in enumerate(parts):
            print(f"[{i + 1}/{len(parts)}] {part}", flush=True)
            start = time.perf_counter()
            rounds = 10 if part == "digits" else options.rounds
            found[part] = measure.run(part, rounds)
            print(f"  {time.perf_counter() - start:.0f} s", flush=True)
            report.MEASURED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for path in report.write(found):
        print(f"Written: {path.relative_to(report.ROOT)}")


if __name__ == "__main__":
    main()
