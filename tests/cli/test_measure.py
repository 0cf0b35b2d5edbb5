"""The command that measures somebody's own functions: what it asks for, prints, refuses and ends with."""

import csv
import io
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

import harness
from harness.cli.measure import since_the_start
from harness.errors import INTERRUPTED, RemoteError
from harness.model import WAITED_FOR, Cell, Op, Span, Status
from harness.runs.job import Job
from harness.runs.measure import Measured
from harness.runs.progress import Standing, Step
from harness.spellings.provenance import provenance
from harness.store.op_files import write_op
from harness.store.runs import write_facts
from tests.support.command_line import Answer, Harness
from tests.support.far_stores import SECRET, STORE, cut_runs_off
from tests.support.runs import scripted_cell, scripted_facts

Times = Mapping[str, Mapping[int, float | Status]]
"""Seconds by label and size, or what became of it."""
SPREAD = (0.999, 1.0, 1.001, 1.0)
CROSSING: Times = {"numpy": {16: 1e-6, 4096: 4e-5}, "torch-cpu": {16: 3e-6, 4096: 1e-5}}
RIVALS: Times = {"old@numpy": {16: 1e-6, 64: 2e-6}, "new@numpy": {16: 1e-6, 64: 2e-6}}
OLD_AND_NEW = ("old=np.sin(x)", "new=np.sin(x) + 0", "--on", "numpy")


class Script:
    """A measurement that is not made: it finds what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Job, Op]] = []
        self.times: Times = CROSSING
        self.spread: Sequence[float] = SPREAD
        self.is_stopped = False
        self.reason = "error 0.1 against float64"
        self.error: BaseException | None = None

    def __call__(
        self, job: Job, ops: Sequence[Op], _parents: object, tell: Callable[[Step], None]
    ) -> Measured:
        (op,) = ops
        self.asked.append((job, op))
        if self.error:
            raise self.error
        line = Standing(op=op.name, backend="b", sentence="slower", cells=2, decided=1, rounds=2)
        tell(Step(elapsed=1.0, seconds=10.0, doing="round 2", standings=(line,), done=True))
        cells = [
            self._cell(op, label, n, found, self.spread if which else (1.0,) * len(self.spread), span)
            for which, (label, of_label) in enumerate(self.times.items())
            for n, found in of_label.items()
            for span in WAITED_FOR
        ]
        write_facts(
            job.folder,
            {
                **scripted_facts(complete=False),
                "settings": asdict(job.settings),
                "functions": {op.name: provenance(op)},
            },
        )
        write_op(job.folder, op.name, cells, {"timed": 1.0, "warm_up": 1.0, "starts": 1.0, "wall": 4.0})
        return Measured(cells={op.name: cells}, seconds={op.name: 4.0}, stopped=self.is_stopped)

    def _cell(
        self, op: Op, label: str, n: int, found: float | Status, spread: Sequence[float], span: Span
    ) -> Cell:
        """Return a cell; from and to NumPy takes a tenth longer."""
        longer = 1.0 if span is Span.CALL else 1.1
        times = [] if isinstance(found, Status) else [found * by * longer for by in spread]
        status = found if isinstance(found, Status) else Status.OK
        reason = "" if times else self.reason
        return scripted_cell(label, n, times, op=op.name, span=span, status=status, reason=reason)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    script = Script()
    monkeypatch.setattr("harness.functions.outcome.measure_run", script)
    return script


@pytest.fixture
def measure(
    call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script
) -> Callable[..., Answer]:
    """Return a function that calls the command in an empty folder."""
    del script
    monkeypatch.chdir(tmp_path)
    return lambda *words: call("measure", *words)


Measure = Callable[..., Answer]


def test_the_answer_is_sentences_a_table_for_each_contender_and_where_it_crosses(measure: Measure) -> None:
    answer = measure("xp.sin(x)")
    assert answer.code == 0
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert lines[0].startswith("torch-cpu: faster than numpy from 186 elements on (18")
    assert "torch-cpu against numpy" in lines
    assert "n numpy torch-cpu speedup" in " ".join(lines)
    assert any(line.startswith("4 Ki 40.0 µs 10.0 µs 4.00× (4.00 to 4.00) faster") for line in lines)
    assert any(line.startswith("torch-cpu, call: faster from n = ") for line in lines)
    assert any("verdicts tell differences above" in line for line in lines)
    assert "xp.sin(x), at 1 s: b slower (1 of 2 decided)" in answer.err


def test_json_is_one_object_with_all_that_was_found(measure: Measure, script: Script) -> None:
    script.times = {**CROSSING, "torch-cpu-1t": dict.fromkeys(CROSSING["numpy"], Status.WRONG)}
    answer = measure("numpy=np.sin(x)", "torch=torch.sin(x)", "--format", "json", "--check", "off", "--fresh")
    told = json.loads(answer.out)
    assert list(told) == [
        *("name", "machine", "run", "harness", "stopped", "baseline", "contenders", "verdicts"),
        *("speedups", "crossovers", "cells", "functions", "inputs", "check", "fresh", "notes"),
    ]
    assert told["baseline"] == "numpy"
    assert told["contenders"]["torch-cpu"].startswith("faster than numpy from 186 elements")
    assert told["contenders"]["torch-cpu-1t"] == "wrong: error 0.1 against float64"
    assert told["verdicts"] == {"faster": 2, "same": 0, "slower": 2, "unsure": 4}
    assert {key: told["functions"][key]["source"] for key in told["functions"]} == {
        "numpy": "np.sin(x)",
        "torch": "torch.sin(x)",
    }
    assert all(len(function["hash"]) == 64 for function in told["functions"].values())
    assert (told["check"], told["fresh"]) == ("off", True)
    assert len(told["cells"]) == 12
    assert {row["state"] for row in told["crossovers"]} == {"crosses", "undecided"}


def test_an_interval_without_an_end_is_null_in_json(measure: Measure, script: Script) -> None:
    script.spread = (1e-200, 1e200)
    told = json.loads(measure("xp.sin(x)", "--format", "json").out, parse_constant=pytest.fail)
    assert {row["high"] for row in told["speedups"]} == {None}


def test_what_python_is_told_is_told_as_an_option(measure: Measure, script: Script) -> None:
    script.reason = "it changes its first argument: pass fresh=True, or inputs="
    script.times = {**CROSSING, "torch-cpu-1t": dict.fromkeys(CROSSING["numpy"], Status.WRONG)}
    for form in ("table", "markdown"):
        told = measure("xp.sin(x)", "--format", form).out
        assert "pass --fresh, or --inputs" in told
        assert "fresh=True" not in told


def test_csv_has_the_speedups(measure: Measure) -> None:
    rows = list(csv.DictReader(io.StringIO(measure("xp.sin(x)", "--format", "csv").out)))
    assert [(row["backend"], row["n"], row["span"], row["verdict"]) for row in rows] == [
        ("torch-cpu", n, span, verdict)
        for n, verdict in (("16", "slower"), ("4096", "faster"))
        for span in ("call", "round_trip")
    ]


def test_in_markdown_nothing_of_a_user_is_markup(measure: Measure) -> None:
    lines = measure("x_ * @x_ + x_", "--setup", "import math", "--name", "a|b", "--format", "markdown")
    assert lines.code == 2  # no name of a file
    told = measure("x_y * x_y", "--name", "[b](c) @d", "--format", "markdown").out.splitlines()
    assert told[0] == r"### \[b\](c) &#64;d"
    assert "| n | numpy | torch-cpu | speedup |" in " ".join(told)
    assert any(line.startswith("| 4 Ki | 40.0 µs | 10.0 µs | 4.00× (4.00 to 4.00) faster") for line in told)


def test_what_is_measured_is_what_the_options_say(measure: Measure, script: Script) -> None:
    Path("work.py").write_text(
        "def f(a, b): ...\ndef make(n, rng): ...\ndef judge(r, e): ...", encoding="utf-8"
    )
    script.times = RIVALS
    words = ("--on", "numpy", "--sizes", "16,64", "--dtype", "float64", "--seconds", "100", "--fresh")
    more = ("--inputs", "work.py:make", "--check", "work.py:judge", "--flop", "2*n", "--bytes", "8*n")
    assert measure("old=work.py:f", "new=a + b", *words, *more, "--name", "mine").code == 0
    ((job, op),) = script.asked
    function = op.function
    assert function is not None
    assert (op.name, op.sizes, op.spelling["new"], op.operands) == ("mine", (16, 64), "a + b", ("a", "b"))
    assert (function.dtype, function.fresh, function.fixed) == ("float64", True, True)
    carried = [function.calls["_f0"], function.inputs, function.check, function.flop, function.moved]
    assert [getattr(one, "source", None) for one in carried] == [
        *("work.py:f", "work.py:make", "work.py:judge", "lambda n: 2 * n", "lambda n: 8 * n")
    ]
    assert job.settings.backends == ("old@numpy", "new@numpy")
    assert job.settings.baseline == "old@numpy"
    assert 89 < job.settings.seconds <= 100  # type: ignore[operator] # less what the start took
    assert not job.settings.quick


def test_what_the_program_took_to_start_is_a_part_of_its_time(
    measure: Measure, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock of the system began with this process, which is not the program."""
    assert since_the_start() == 0
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "/somewhere/bin/harness", raising=False)
    assert since_the_start() > 0 or sys.platform != "linux"
    for took in (20.0, 1000.0):
        monkeypatch.setattr("harness.cli.measure.since_the_start", lambda took=took: took)
        assert measure("xp.sin(x)", "--seconds", "50").code == 0
    assert [job.settings.seconds for job, _ in script.asked] == [30, 0.5]
    assert not any(job.settings.quick for job, _ in script.asked)


@pytest.mark.parametrize(
    ("argument", "spelling"),
    [
        ("x==x", {"*": "x == x"}),
        ("xp.sum(x,axis=0)", {"*": "xp.sum(x, axis=0)"}),
        ("y = x * 2\nxp.sin(y)", {"*": "y = x * 2\nxp.sin(y)"}),
        ("größe=xp.sin(x)", {"größe": "xp.sin(x)"}),
        ("class=np.sin(x)", {"class": "np.sin(x)"}),
        ("numpy=x==x", {"numpy": "x == x"}),
        ("[bold]_=np.sin(x)", None),
    ],
)
def test_a_key_is_an_identifier_in_front_of_one_equals_sign(
    measure: Measure, script: Script, argument: str, spelling: dict[str, str] | None
) -> None:
    script.times = {"numpy": {16: 1e-6}, "torch-cpu": {16: 1e-6}}
    if spelling and set(spelling) & {"größe", "class"}:
        script.times = {f"{next(iter(spelling))}@numpy": {16: 1e-6}, "b@numpy": {16: 1e-6}}
    answer = measure(argument, *(["b=np.cos(x)"] if spelling and not set(spelling) & {"*", "numpy"} else []))
    if spelling is None:
        assert (answer.code, len(script.asked)) == (2, 0)
    else:
        assert answer.code == 0, answer.err
        assert spelling.items() <= dict(script.asked[0][1].spelling).items()


def test_many_operands_and_odd_names_are_measured(measure: Measure, script: Script) -> None:
    text = " + ".join(f"x{index}" for index in range(200))
    assert measure(text).code == 0
    assert len(script.asked[0][1].operands) == 200
    assert measure("xp.sin(x)", "--name", "[red]lambda[/red] <b>").code == 2
    answer = measure("xp.sin(x)", "--name", "[red]def[bold] &amp;")
    assert (answer.code, answer.err.partition(",")[0]) == (0, "[red]def[bold] &amp;")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ([], 2, "Missing argument"),
        ([""], 2, "'' has no result; its last line has to be an expression"),
        (["1 + 1"], 2, "names no operand"),
        (["xp.sin(x"], 2, "'xp.sin(x' is no Python: "),
        (["x = 1\x00"], 2, "is no Python"),
        (["np.sin(x)"], 2, "'np.sin(x)' is numpy's own spelling; write xp for np"),
        (["xp.sin(x)", "xp.cos(x)"], 2, "two functions have no name; give each one, as in old="),
        (["a=xp.sin(x)", "a=xp.cos(x)"], 2, "a is given twice"),
        (
            ["torch-cpu=torch.sin(x)"],
            2,
            "torch-cpu is a backend; a spelling is that of its library, as in torch=",
        ),
        (["work.py:f"], 2, "there is no file work.py"),
        (["nowhere:f"], 2, "no module is called nowhere"),
        (["xp.sin(x)", "--inputs", "none.py:make"], 2, "there is no file none.py"),
        (["xp.sin(x)", "--check", "result =="], 2, "'result ==' is no Python expression"),
        (["xp.sin(x)", "--flop", "m"], 2, "'m' names m, which nothing defines; it may name n"),
        (["xp.sin(x)", "--setup", "import"], 2, "the setup 'import' is no Python"),
        (["xp.sin(x)", "--sizes", "0"], 2, "'0' is no size"),
        (["xp.sin(x)", "--sizes", "16:1"], 2, "no size lies between 16 and 1"),
        (["xp.sin(x)", "--seconds", "0"], 2, "0 s is not above 0"),
        (["xp.sin(x)", "--seconds", "nan"], 2, "nan s is not above 0"),
        (["xp.sin(x)", "--on", "torch-gpu"], 3, "no backend is called 'torch-gpu'; there are: numpy"),
        (["xp.sin(x)", "--on", ","], 2, "names no backend"),
        (["numpy=np.sin(x)", "--on", "torch-cpu"], 2, "name others with --on"),
        (["xp.sin(x)", "--name", "a/b"], 2, "give it another with --name"),
        (["xp.sin(x)", "--name", "n" * 10_000], 2, "cannot be the name of what is measured"),
        (["k" * 10_000 + "=np.sin(x)", "b=np.cos(x)"], 2, "cannot be the name of a contender: it may have"),
        (["xp.sin(x)", "--fail-on-slower", "inf"], 2, "inf is no share in per cent"),
        (["xp.sin(x)", "--fail-on-slower", "-1"], 2, "Invalid value for '--fail-on-slower'"),
        (["xp.sin(x)", "--format", "parquet"], 2, "'parquet' is not one of"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(
    measure: Measure, script: Script, words: list[str], code: int, sentence: str
) -> None:
    answer = measure(*words)
    assert answer.code == code
    assert sentence in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""
    assert script.asked == []


@pytest.mark.parametrize(
    ("new", "pct", "code", "sentence"),
    [
        (1.2, "5", 13, "4 of 4 cells are slower than old by more than 5 %, worst new at n = "),
        (
            1.2,
            "30",
            0,
            "in the 4 of 4 cells that could be judged nothing is slower than old by more than 30 %",
        ),
        (1.0, "5", 0, "in the 4 of 4 cells that could be judged nothing is slower"),
        (0.5, "0", 0, "nothing is slower than old by more than 1 %"),
        (Status.WRONG, "5", 14, "new has no time at n = 16: wrong: error 0.1 against float64"),
        (Status.CRASHED, "5", 14, "new has no time at n = 16: crashed: "),
        (
            Status.SKIPPED,
            "5",
            12,
            "whether new is slower than old by more than 5 % could be judged at no",
        ),
    ],
)
def test_a_rival_that_is_slower_wrong_or_unknown_fails_on_request(
    measure: Measure, script: Script, new: float | Status, pct: str, code: int, sentence: str
) -> None:
    old = {16: 1e-6, 64: 2e-6}
    rival = {n: new if isinstance(new, Status) else new * seconds for n, seconds in old.items()}
    script.times = {"old@numpy": old, "new@numpy": rival}
    asked = measure(*OLD_AND_NEW, "--fail-on-slower", pct)
    assert (asked.code, sentence in asked.err) == (code, True), asked.err
    assert measure(*OLD_AND_NEW).code == 0
    assert "new against old" in asked.out  # what was found is printed in any case


def test_what_the_rounds_leave_open_is_not_passed(measure: Measure, script: Script) -> None:
    script.times, script.spread = RIVALS, (1.0, 1.6, 0.7, 1.3)
    first = measure(*OLD_AND_NEW, "--fail-on-slower", "5")
    script.spread = (1.0,)
    second = measure(*OLD_AND_NEW, "--fail-on-slower", "5")
    assert "could be judged at no size; give it more seconds" in second.err
    assert second.code == 12
    assert first.code in (0, 12)


def test_one_rival_that_is_not_judged_is_not_passed_beside_another_that_is(
    measure: Measure, script: Script
) -> None:
    script.times = {**RIVALS, "third@numpy": dict.fromkeys(RIVALS["old@numpy"], Status.SKIPPED)}
    answer = measure(*OLD_AND_NEW, "third=np.cos(x)", "--fail-on-slower", "5")
    assert answer.code == 12
    assert "whether third is slower" in answer.err


def test_that_one_rival_is_slower_is_told_though_another_is_wrong(measure: Measure, script: Script) -> None:
    script.times = {
        "old@numpy": {16: 1e-6, 64: 2e-6},
        "new@numpy": {16: 2e-6, 64: 4e-6},
        "third@numpy": {16: Status.WRONG, 64: Status.WRONG},
    }
    answer = measure(*OLD_AND_NEW, "third=np.cos(x)", "--fail-on-slower", "5")
    assert (answer.code, "cells are slower than old" in answer.err) == (13, True)


def test_a_measurement_that_is_stopped_has_the_answer_from_what_there_is(
    measure: Measure, script: Script
) -> None:
    script.is_stopped = True
    answer = measure("xp.sin(x)")
    assert answer.code == INTERRUPTED
    assert "harness: stopped; this is the answer from what was measured until then" in answer.err
    assert "stopped by hand; this is what there was" in answer.out


def test_a_measurement_that_is_stopped_before_there_is_anything_says_so(
    measure: Measure, script: Script
) -> None:
    script.error = KeyboardInterrupt()
    answer = measure("xp.sin(x)")
    assert answer.code == INTERRUPTED
    assert answer.err == "harness: stopped before the first round; there is no answer\n"
    assert answer.out == ""


def test_nothing_that_could_be_measured_is_an_error(measure: Measure, script: Script) -> None:
    script.times = {name: dict.fromkeys((16, 64), Status.CRASHED) for name in ("numpy", "torch-cpu")}
    answer = measure("xp.sin(x)")
    assert answer.code == 6
    assert answer.err.splitlines()[-1].startswith("harness: no cell of xp.sin(x) could be measured: ")


def test_a_store_keeps_it_if_one_is_named_and_every_command_knows_it(measure: Measure, call: Harness) -> None:
    assert measure("xp.sin(x)", "--results", "kept", "--name", "my sine").code == 0
    assert set(harness.load("kept")["op"]) == {"my sine"}
    assert not Path("results").exists()
    Path("file").touch()
    answer = measure("xp.sin(x)", "--results", "file/kept")
    assert answer.code != 0
    assert "Traceback" not in answer.err
    del call


def test_it_is_kept_under_the_name_that_a_machine_is_given(measure: Measure) -> None:
    assert measure("xp.sin(x)", "--results", "kept", "--machine", "desk").code == 0
    assert set(harness.load("kept")["machine"]) == {"desk"}
    assert measure("xp.sin(x)", "--results", "kept", "--machine", "../desk").code == 2


def test_the_figures_of_the_table_are_those_of_the_cells(measure: Measure) -> None:
    told = json.loads(measure("xp.sin(x)", "--format", "json").out)
    seconds = {(cell["backend"], cell["n"], cell["span"]): cell["seconds"] for cell in told["cells"]}
    for row in told["speedups"]:
        numpy, torch = (seconds[name, row["n"], row["span"]] for name in ("numpy", "torch-cpu"))
        assert math.isclose(row["speedup"], numpy / torch, rel_tol=1e-6)


@pytest.mark.usefixtures("memory")
def test_a_measurement_that_cannot_be_put_to_its_address_is_answered_and_kept_here(
    measure: Measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_runs_off(monkeypatch)
    answer = measure("xp.sin(x)", "--results", STORE)
    assert answer.code == RemoteError.exit_code
    assert answer.out.startswith("torch-cpu: faster than numpy")
    assert f"`harness merge results --results {STORE}` puts it there" in answer.err
    assert SECRET not in answer.err
    assert len(harness.load(tmp_path / "results"))
