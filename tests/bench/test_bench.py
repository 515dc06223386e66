"""The benchmark compares like with like, and the page shows what it has measured."""

import pytest

from tests.bench import measure, report
from tests.bench.contestants import contestants

TASKS = {name: task for name, task in measure.tasks().items() if "1024" not in name}


@pytest.mark.parametrize("name", TASKS)
def test_all_contestants_train_the_same_network(name):
    made = contestants(TASKS[name])
    measure.compare({who: make() for who, make in made.items() if "compiled" not in who})


def test_another_network_is_noticed():
    other = contestants(TASKS["2-8-8-1"])["dlcore, torch"]()
    other.run()  # it is a step ahead
    first = contestants(TASKS["2-8-8-1"])["dlcore, NumPy"]()
    with pytest.raises(AssertionError, match="torch has other parameters than dlcore, NumPy"):
        measure.compare({"dlcore, NumPy": first, "dlcore, torch": other})


def test_the_page_shows_what_was_measured():
    found, book = report.load(), report.ROOT / "book"
    for name, text in report.PAGES.items():
        shown = (book / f"speed_{name}.md").read_text(encoding="utf-8")
        assert shown == text(found).rstrip() + "\n", name
    for name in report.SWEEPS:
        assert (report.PICTURES / f"{name}.svg").exists()
