"""What tests of the page share: a store of three machines and one of five, and their pages."""

from pathlib import Path

import pytest

from harness.cli.publish import write_report
from harness.report.page import whole_page
from harness.store.frame import frame
from harness.store.latest import whole
from tests.support.pages import EVIL
from tests.support.stores import runs_of, store_of_five, write_machine


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of three machines, two of them with equal cards, one with a name like markup."""
    results = tmp_path_factory.mktemp("store")
    write_machine(results, "node-1", ops=("abs", "mm"))
    write_machine(results, "node-2", ops=("abs", "mm"), pace=1.5)
    write_machine(results, "other", ops=("abs", "mm"), gpu=False, cores=64)
    return results


@pytest.fixture(scope="session")
def html(store: Path) -> str:
    runs = runs_of(store, other=EVIL)
    return whole_page(list(map(whole, runs)), frame(runs), {})


@pytest.fixture(scope="session")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of five machines."""
    return store_of_five(tmp_path_factory.mktemp("five"))


@pytest.fixture(scope="session")
def divided(five: Path) -> Path:
    """Return where the page of five machines lies, of which each but the first has a file."""
    return write_report(five, first="node-0", most_whole=2)
