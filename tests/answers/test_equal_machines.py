"""Machines with equal cards: who is one of them, how far apart they are, and who falls out."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.answers.equal_machines import equal_machines
from harness.sentences.equal_machines import group_sentences

OPS = ("abs", "sin", "mean", "mm")
NAMES = tuple(f"node{number}" for number in range(8))


def facts(name: str, cpu: str = "a", **machine: Any) -> dict[str, Any]:  # noqa: ANN401 - any fact
    """Return what is known of a run on a machine."""
    return {"machine": {"name": name, "cpu": cpu, "ram": 10**9, **machine}, "libraries": {"numpy": "2"}}


def cells(factors: Mapping[str, Mapping[str, float]], seed: int = 0) -> pd.DataFrame:
    """Return cells of machines whose times of an op are so many times those of the others."""
    random = np.random.default_rng(seed)
    rows = []
    for name, by_op in factors.items():
        for op in OPS:
            own = random.normal(0, 0.01)
            for backend in ("numpy", "torch-cpu"):
                for n in (16, 256, 4096):
                    seconds = 1e-6 * n * by_op.get(op, 1.0) * np.exp(own + random.normal(0, 0.005))
                    rows.append((name, op, "float32", backend, "call", n, seconds))
    return pd.DataFrame(rows, columns=["machine", "op", "dtype", "backend", "span", "n", "seconds"])


def everything(name: str, factors: Mapping[str, float]) -> list[Any]:
    """Return the answer of eight equal machines of which one takes so many times as long."""
    table = cells({other: factors if other == name else {} for other in NAMES})
    return equal_machines(table, {other: facts(other) for other in NAMES})


def test_one_that_is_slow_in_two_ops_is_told_with_them() -> None:
    (group,) = everything("node5", {"abs": 1.2, "mean": 1.3})
    assert group.machines == NAMES
    (odd,) = group.odd
    assert odd.machine == "node5"
    assert set(odd.curves["op"]) == {"abs", "mean"}
    worst = odd.curves.iloc[0]
    assert worst["op"] == "mean"
    assert worst["low"] < 1.3 < worst["high"]
    assert worst["ratio"] == pytest.approx(1.3, rel=0.05)


def test_one_that_is_slow_in_all_of_them_is_told_as_a_whole() -> None:
    (group,) = everything("node2", dict.fromkeys(OPS, 0.8))
    (odd,) = group.odd
    assert (odd.machine, odd.is_overall, odd.curves.empty) == ("node2", True, True)
    assert odd.low < 0.8 < odd.high


def test_the_spread_is_that_of_those_that_do_not_fall_out() -> None:
    (group,) = everything("node2", dict.fromkeys(OPS, 2.0))
    assert list(group.spreads.index.get_level_values("op").unique()) == sorted(OPS)
    assert group.spreads.max() < 0.03


def test_machines_differ_by_their_cards_and_not_by_name_or_what_was_free() -> None:
    table = cells({name: {} for name in NAMES[:4]})
    known = {
        "node0": facts("node0"),
        "node1": facts("node1", ram=10**9 + 10**6, gpus=[]),
        "node2": facts("node2", cpu="b"),
        "node3": facts("node3", cpu="b"),
    }
    assert [group.machines for group in equal_machines(table, known)] == [
        ("node0", "node1"),
        ("node2", "node3"),
    ]
    known["node3"]["libraries"] = {"numpy": "1"}
    assert [group.machines for group in equal_machines(table, known)] == [("node0", "node1")]


def test_a_cell_that_a_machine_lacks_is_held_against_nobody() -> None:
    table = cells({name: {} for name in NAMES})
    lacking = table["machine"].eq("node3") & table["n"].eq(4096)
    table.loc[lacking, "seconds"] = np.nan
    table.loc[table["n"].eq(4096) & table["machine"].eq("node4"), "seconds"] *= 5
    (group,) = equal_machines(table, {name: facts(name) for name in NAMES})
    assert not group.odd


def test_machines_without_a_common_cell_say_nothing() -> None:
    table = cells({name: {} for name in NAMES[:4]})
    table = table[table["machine"].isin(NAMES[:2]) == table["op"].isin(OPS[:2])]
    (group,) = equal_machines(table, {name: facts(name) for name in NAMES})
    assert group.spreads.empty
    assert not group.odd


def test_one_that_measured_little_is_left_out_and_told_and_the_others_are_compared() -> None:
    table = cells({name: {"abs": 1.5} if name == "node1" else {} for name in NAMES[:6]})
    table = table[table["machine"].ne("node0") | table["op"].eq("mm")]
    (group,) = equal_machines(table, {name: facts(name) for name in NAMES})
    assert group.lacking == ("node0",)
    assert (group.compared, len(group.spreads)) == (5, 8)
    assert [odd.machine for odd in group.odd] == ["node1"]
    said = list(group_sentences(group, facts("node0")))
    assert said[1] == "held against nobody, with less than half of the others' cells: node0"
    assert said[-1].startswith("node1 falls out of its 4 equals: ")
