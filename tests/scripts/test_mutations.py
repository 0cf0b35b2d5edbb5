"""The mutations of a device's time: each still finds the text that it takes out, and tests to notice it."""

import pytest

from scripts.mutations import MUTATIONS, TESTS
from tests.support.projects import PROJECT

NAMES = [mutation[0] for mutation in MUTATIONS]


@pytest.mark.parametrize(("module", "before"), [mutation[1:3] for mutation in MUTATIONS], ids=NAMES)
def test_the_text_that_a_mutation_takes_out_is_there(module: str, before: str) -> None:
    assert before in (PROJECT / "harness" / module).read_text(encoding="utf-8")


@pytest.mark.parametrize("module", dict.fromkeys(mutation[1] for mutation in MUTATIONS))
def test_every_mutated_module_has_tests_that_have_to_notice(module: str) -> None:
    assert TESTS[module]
    assert all((PROJECT / path).exists() for path in TESTS[module])
