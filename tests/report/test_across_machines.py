"""What the machines of a store say together."""

import re
from pathlib import Path

import pandas as pd
import pytest

from harness.model import State, Verdict
from harness.report.across_machines import overall_answers, overall_tables
from harness.report.baselines import BaselineAnswers
from tests.support.pages import parsed


def test_the_first_thing_is_what_the_machines_say_together(divided: Path) -> None:
    found = parsed(divided.read_text("utf-8"))
    said = " ".join(found.texts["dd"])
    assert re.search(r"of 5 machines: changes places with numpy on 5, faster above \d.* in the middle", said)
    assert re.search(r"of 3 machines: .*", said)  # the GPUs
    cells = [text for text in found.texts["td"] if re.fullmatch(r"[\d.]+× \(.*\), faster on 5 of 5", text)]
    assert len(cells) > 5


def together(states: list[State], speedups: list[float], verdicts: list[Verdict]) -> BaselineAnswers:
    """Return what machines say of one backend in one op and size, a machine per state."""
    names = [f"m{at}" for at in range(len(states))]
    curve = {"op": "abs", "backend": "torch-cpu", "baseline": "numpy", "dtype": "float32", "span": "call"}
    ratios = pd.DataFrame(
        {"machine": names, "n": 16, "speedup": speedups, "verdict": list(map(str, verdicts))}
    )
    crossovers = pd.DataFrame({"machine": names, "state": list(map(str, states))}).assign(
        n=[1000.0 * (at + 1) for at in range(len(states))], faster="above"
    )
    return BaselineAnswers(ratios=ratios.assign(**curve), crossovers=crossovers.assign(**curve), curves={})


@pytest.mark.parametrize(
    ("states", "verdict", "sentence"),
    [
        (
            "crosses crosses never",
            "faster",
            "changes places with numpy on 2, faster above 1 500 elements in the ",
        ),
        (
            "always crosses never",
            "faster",
            "of 3 machines: changes places with numpy on 1, faster above 2 000",
        ),
        ("never never crosses", "slower", "in the middle; never faster on 2"),
        ("always never", "unsure", "of 2 machines: faster at every size on 1; never faster on 1"),
        (
            "partly partly never",
            "faster",
            "of 3 machines: faster at some sizes, slower at none on 2; never faster on 1",
        ),
        ("undecided undecided always", "unsure", "of 3 machines: faster at every size on 1; undecided on 2"),
    ],
)
def test_the_verdict_is_that_of_more_than_half_of_the_machines(
    states: str, verdict: str, sentence: str
) -> None:
    given = [State(state) for state in states.split()]
    many = len(given)

    (answer,) = overall_answers(together(given, [1.0] * many, [Verdict.SAME] * many))

    assert answer.op == "abs"
    ((backend, text, shown),) = answer.sentences
    assert (backend, shown) == ("torch-cpu", verdict)
    assert sentence in text


@pytest.mark.parametrize(
    ("verdicts", "text", "kind"),
    [
        ("faster faster slower", "2.00×, faster on 2 of 3", "faster"),
        ("faster slower", "1.50×, faster on 1 of 2", ""),
        ("same same same faster", "2.50× (1.75 to 3.25), faster on 1 of 4", "same"),
    ],
)
def test_a_cell_of_all_machines_says_its_middle_and_how_many_are_faster(
    verdicts: str, text: str, kind: str
) -> None:
    given = [Verdict(verdict) for verdict in verdicts.split()]
    many = len(given)

    (table,) = overall_tables(
        together([State.UNDECIDED] * many, [float(at + 1) for at in range(many)], given)
    )

    assert table.heads == ("16",)
    assert table.rows == (("abs", ((text, kind),)),)
