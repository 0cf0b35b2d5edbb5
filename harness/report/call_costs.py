"""What a call costs on each backend before it does anything, as a table over the machines."""

import math
from collections.abc import Sequence

import pandas as pd

from harness.advice.laws import CallCost, call_costs, laws
from harness.report.tables import Entry, Table
from harness.units import seconds

_NONE = Entry("not told: no op's times follow a law", "missing")


def call_cost_table(cells: pd.DataFrame, machines: Sequence[str]) -> Table | None:
    """Return a row per machine with an entry per backend; None where no times follow a law."""
    found = laws(cells[cells["machine"].isin(machines)])
    costs = {
        (name, cost.backend): cost for name, rows in found.groupby("machine") for cost in call_costs(rows)
    }
    if not costs:
        return None
    backends = tuple(dict.fromkeys(backend for _, backend in costs))
    rows = tuple((name, tuple(_entry(costs.get((name, one))) for one in backends)) for name in machines)
    caption = "What a call takes before it does anything"
    return Table(caption=caption, corner="machine", heads=backends, rows=rows)


def _entry(cost: CallCost | None) -> Entry:
    """Return a cost as it is shown."""
    if cost is None:
        return _NONE
    ends = f" ({seconds(cost.least)} to {seconds(cost.most)})" if cost.ops > 1 else ""
    trip = "" if math.isnan(cost.transfers) else f", a round trip {seconds(cost.transfers)} more"
    return Entry(f"{seconds(cost.latency)}{ends}{trip}", "")
