"""Rows as text for another program."""

import json
import math

import pandas as pd
import pytest

from harness.terminal.formats import Format, print_frame, print_rows

TABLE = pd.DataFrame(
    {
        "n": [16, 64],
        "seconds": [1.5e-7, math.nan],
        "reason": ['a "quoted" word, and a comma', ""],
        "same": [True, False],
    }
)


def test_csv_is_what_pandas_writes_and_empty_where_a_figure_is_unknown(
    capfd: pytest.CaptureFixture[str],
) -> None:
    print_frame(TABLE, Format.CSV)
    text = capfd.readouterr().out
    assert text == TABLE.to_csv(index=False)
    assert text.splitlines()[2] == "64,,,False"


def test_json_has_a_line_per_row_and_null_where_a_figure_is_unknown(
    capfd: pytest.CaptureFixture[str],
) -> None:
    print_frame(TABLE, Format.JSON)
    text = capfd.readouterr().out
    assert [row["seconds"] for row in json.loads(text)] == [1.5e-7, None]
    assert len(text.splitlines()) == len(TABLE) + 2


def test_an_end_that_an_interval_has_not_is_null(capfd: pytest.CaptureFixture[str]) -> None:
    print_frame(pd.DataFrame({"low": [0.0], "high": [math.inf]}), Format.JSON)
    assert json.loads(capfd.readouterr().out) == [{"low": 0.0, "high": None}]


def test_a_table_without_rows_still_names_its_columns(capfd: pytest.CaptureFixture[str]) -> None:
    print_rows(["op", "n"], [], Format.CSV)
    print_rows(["op", "n"], [], Format.JSON)
    head, *rest = capfd.readouterr().out.splitlines()
    assert head == "op,n"
    assert json.loads("".join(rest)) == []
