"""Measuring in a real kernel: what a notebook shows, how far it is, the magic, and faults of notebooks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("ipykernel", reason="the package ipykernel is not installed")
pytest.importorskip("nbclient", reason="the package nbclient is not installed")

import nbformat

from tests.support.notebooks import BRIEF, Kernel, Shown, executed, kernel
from tests.support.projects import PROJECT

pytestmark = pytest.mark.slow

WALK = PROJECT / "docs" / "how-to" / "own-functions.ipynb"
ON_BOTH = "on='numpy, torch-cpu', sizes=[64, 4096], seconds=19"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the notebook."""
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def cell(folder: Path) -> Iterator[Kernel]:
    """Yield a kernel in which measurements are short."""
    with kernel(folder) as started:
        done(started, BRIEF)
        yield started


def done(cell: Kernel, code: str) -> Shown:
    """Run a cell that has to succeed."""
    shown = cell.run(code)
    assert shown.error == "", shown.traceback
    return shown


def test_a_measurement_is_shown_as_text_markdown_and_html(cell: Kernel) -> None:
    shown = done(cell, f"harness.measure(lambda xp, x: xp.sum(x * x), {ON_BOTH})").result
    assert shown["text/plain"].startswith("torch-cpu: ")
    assert shown["text/markdown"].startswith("**lambda**, float32")
    assert '<div class="harness-answer">' in shown["text/html"]
    assert "<svg " in shown["text/html"]


def test_progress_is_one_display_and_gone_at_the_end(cell: Kernel) -> None:
    shown = done(cell, f"r = harness.measure(lambda xp, x: xp.sum(x * x), {ON_BOTH})")
    assert shown.text == ""
    assert shown.result == {}
    bundles, places = zip(*shown.displays, strict=True)
    assert len(set(places)) == 1
    assert bundles[0]["text/plain"] == "ready the processes that measure"
    assert "of 19 s: " in bundles[1]["text/plain"]  # a brief one may be over before its first round is shown
    assert set(bundles[-1].values()) == {""}


def test_a_speedup_and_a_crossover_are_shown_as_what_they_say(cell: Kernel) -> None:
    done(cell, f"r = harness.measure(lambda xp, x: xp.sum(x * x), {ON_BOTH})")
    speedup = done(cell, "r.speedup('torch-cpu', n=64)").result["text/plain"]
    assert speedup == done(cell, "print(r.speedup('torch-cpu', n=64))").text.strip()
    crossover = done(cell, "r.crossover('torch-cpu')").result["text/plain"]
    assert crossover == done(cell, "print(r.crossover('torch-cpu'))").text.strip()


def test_the_magic_measures_functions_of_the_notebook(cell: Kernel) -> None:
    done(cell, "%load_ext harness")
    done(cell, "def norm(xp, x):\n    return xp.sqrt(xp.sum(x * x))\nf = g = norm")
    shown = done(cell, "%measure norm --on numpy, torch-cpu --sizes 64,4096 --seconds 19").result
    assert shown["text/plain"].startswith("torch-cpu: ")
    shown = done(cell, "%measure old=f new=g --on numpy --sizes 64 --seconds 19").result
    assert shown["text/plain"].startswith("new: ")
    done(cell, "r = %measure xp.sum(x * x) --on numpy --sizes 64 --seconds 19 --save results")
    assert done(cell, "import os; print(*os.listdir('results'))").text.strip() == "runs"


def test_an_error_of_the_magic_is_one_sentence(cell: Kernel) -> None:
    done(cell, "%reload_ext harness")
    shown = cell.run("%measure nrom --sizes 1k:16M")
    assert shown.text.strip().endswith(
        "UsageError: this notebook has no 'nrom'; name one of its functions, or write a text"
    )
    shown = cell.run("%measure xp.sin(x) --on numpi")
    assert "no backend is called 'numpi'" in shown.text
    assert "Traceback" not in shown.text


def test_the_help_of_the_magic_has_examples(cell: Kernel) -> None:
    done(cell, "%reload_ext harness")
    shown = done(cell, "print(get_ipython().find_line_magic('measure').__doc__)")
    assert "%measure old=f new=g --on numpy" in shown.text


def test_an_edited_function_is_measured_as_it_is_now(cell: Kernel) -> None:
    done(cell, "def shape(xp, x):\n    return xp.sum(x)")
    measured = f"r = harness.measure(shape, check=lambda a, b: np.shape(a) == (2,), {ON_BOTH})"
    assert "the check" in cell.run(measured).error
    done(cell, "def shape(xp, x):\n    return xp.stack([xp.sum(x), xp.max(x)])")
    done(cell, measured)


def test_a_function_edited_in_memory_after_its_import_is_measured_as_in_memory(
    cell: Kernel, folder: Path
) -> None:
    (folder / "mine.py").write_text("def pair(xp, x):\n    return xp.sum(x)\n", encoding="utf-8")
    done(cell, "import sys; sys.path.insert(0, ''); import mine")
    # As an editor or %autoreload does, without the file.
    done(cell, "exec('def pair(xp, x):\\n    return xp.stack([xp.sum(x), xp.max(x)])', mine.__dict__)")
    done(cell, f"harness.measure(mine.pair, check=lambda a, b: np.shape(a) == (2,), {ON_BOTH})")


def test_a_patched_function_of_a_module_is_measured_as_patched(cell: Kernel, folder: Path) -> None:
    text = "def inner(xp, x):\n    return xp.sum(x)\n\ndef outer(xp, x):\n    return inner(xp, x)\n"
    (folder / "patched.py").write_text(text, encoding="utf-8")
    done(cell, "import patched\npatched.inner = lambda xp, x: xp.stack([xp.sum(x), xp.max(x)])")
    done(cell, f"harness.measure(patched.outer, check=lambda a, b: np.shape(a) == (2,), {ON_BOTH})")


def test_a_large_capture_is_refused_by_its_name(cell: Kernel) -> None:
    shown = cell.run(f"weights = np.ones(25_000_000)\nharness.measure(lambda x: x + weights[0], {ON_BOTH})")
    assert shown.error.startswith("UsageError: the lambda captures 200 MB (weights), more than the 64")
    assert "make it in inputs=" in shown.error


def test_a_capture_of_some_size_is_warned_of_by_its_name(cell: Kernel) -> None:
    code = f"table = np.ones(250_000)\nr = harness.measure(numpy=lambda x: x + table[0], {ON_BOTH})"
    shown = done(cell, code.replace("on='numpy, torch-cpu'", "on='numpy'"))
    assert "UserWarning: <lambda> captures table" in shown.text


@pytest.mark.parametrize(
    ("made", "name"),
    [
        ("import threading; lock = threading.Lock()", "lock"),
        ("handle = open('here.txt', 'w')", "handle"),
    ],
)
def test_what_cannot_be_sent_to_a_process_is_refused_by_its_name(cell: Kernel, made: str, name: str) -> None:
    shown = cell.run(f"{made}\nharness.measure(lambda x: (x + 1, {name})[0], {ON_BOTH})")
    assert shown.error.startswith("UsageError: the lambda cannot be sent to another process")
    assert f"it captures {name}" in shown.error


def test_a_closure_over_a_lock_is_refused_by_its_name(cell: Kernel) -> None:
    made = "def make():\n    inner_lock = threading.Lock()\n    return lambda x: (x, inner_lock)[0]\n"
    shown = cell.run(f"import threading\n{made}harness.measure(make(), {ON_BOTH})")
    assert "it captures inner_lock" in shown.error
    assert "cannot be sent to another process" in shown.error


def test_a_measurement_can_be_made_twice(cell: Kernel) -> None:
    done(cell, "def twice(xp, x):\n    return xp.sum(x * x)")
    done(cell, f"first = harness.measure(twice, {ON_BOTH})")
    done(cell, f"second = harness.measure(twice, {ON_BOTH})")
    assert done(
        cell, "print(first.run.id != second.run.id, len(first.frame), len(second.frame))"
    ).text.split() == [
        "True",
        *done(cell, "print(len(first.frame), len(first.frame))").text.split(),
    ]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Yield a kernel whose measurements have processes of their own."""
    with kernel(tmp_path_factory.mktemp("notebook")) as started:
        done(started, "import harness\nresult = None")
        yield started


def interrupted(kernel: Kernel, when: str) -> Shown:
    """Measure until progress says something, then interrupt."""
    return kernel.run(
        "result = None\n"
        "result = harness.measure(lambda xp, x: xp.sum(x * x), on='numpy, torch-cpu', seconds=200)\n"
        "result",
        lambda text: kernel.interrupt() if when in text else None,
    )


def test_an_interrupt_before_anything_is_there_is_raised_and_leaves_no_process(own: Kernel) -> None:
    shown = interrupted(own, "ready the processes")
    assert shown.error.startswith("KeyboardInterrupt")
    assert set(shown.displays[-1][0].values()) == {""}
    assert own.children() == set()
    assert done(own, "print(result)").text.strip() == "None"


def test_an_interrupt_returns_what_is_there_marked_and_leaves_no_process(own: Kernel) -> None:
    shown = interrupted(own, "round 2 ")
    assert shown.error == "", shown.traceback
    assert "stopped by hand; this is what there was" in shown.result["text/plain"]
    assert "stopped by hand" in shown.result["text/html"].partition("<details>")[0]
    assert set(shown.displays[-1][0].values()) == {""}
    assert own.children() == set()
    assert done(own, "print(result.is_stopped, result.frame['rounds'].max() > 0)").text == "True True\n"


def test_the_how_to_page_runs_from_the_first_cell_to_the_last(tmp_path: Path) -> None:
    cells = executed(WALK, tmp_path).cells
    shown = [output.data for cell in cells for output in cell.get("outputs", ()) if "data" in output]
    answers = [data["text/html"] for data in shown if "harness-answer" in data.get("text/html", "")]
    assert len(answers) == 9
    assert any("image/png" in data for data in shown)
    assert len(list((tmp_path / "results" / "runs").iterdir())) == 1
    said = "".join(output.text for cell in cells for output in cell.get("outputs", ()) if "text" in output)
    assert "captures 200 MB (weights)" in said


def test_the_how_to_page_has_no_outputs_and_is_small() -> None:
    notebook = nbformat.read(WALK, as_version=4)
    nbformat.validate(notebook)
    assert WALK.stat().st_size < 20_000
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
