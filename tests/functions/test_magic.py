"""What the line magic makes of a line: spellings by name and by text, options, and errors in a sentence."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.errors import UnknownNameError
from harness.errors import UsageError as OwnUsageError

pytest.importorskip("IPython", reason="the package ipython is not installed")

from IPython.core.error import UsageError

from harness.functions import magic

Given = dict[str, Any]


def norm(xp: Any, x: Any) -> Any:  # noqa: ANN401 - of each library
    return xp.sqrt(xp.sum(x * x))


class Tools:
    """Stands for a module."""

    norm = staticmethod(norm)


NAMES = {"norm": norm, "other": len, "make": print, "tools": Tools, "text": "xp.sin(x)"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Given]:
    """Return a function from a line to what `harness.measure` is asked."""
    seen: list[Given] = []
    monkeypatch.setattr(magic, "measure", lambda function, **given: seen.append({"": function, **given}))

    def ask(line: str) -> Given:
        magic.measure_line(line, NAMES)
        return {name: value for name, value in seen.pop().items() if value not in (None, "", False)}

    return ask


USUAL = {"seconds": 60.0, "check": True, "margin": 0.05}


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("norm", {"": norm}),
        ("norm --sizes 1k:16M", {"": norm, "sizes": "1k:16M"}),
        ("tools.norm", {"": norm}),
        ("text", {"": "xp.sin(x)"}),
        ("old=norm new=other --on numpy", {"old": norm, "new": len, "on": "numpy"}),
        ("norm torch=other", {"": norm, "torch": len}),
        ("xp.sin(x)", {"": "xp.sin(x)"}),
        ("'xp.sin(x)'", {"": "xp.sin(x)"}),
        ("xp.sum(x * x, axis=0) + 1", {"": "xp.sum(x * x, axis=0) + 1"}),
        ("xp.sum(x * x, axis= 0)", {"": "xp.sum(x * x, axis= 0)"}),
        ("x == y", {"": "x == y"}),
        (
            "numpy=np.linalg.norm(x) torch='torch.linalg.norm(x)'",
            {"numpy": "np.linalg.norm(x)", "torch": "torch.linalg.norm(x)"},
        ),
        ("--on numpy norm", {"": norm, "on": "numpy"}),
        ("norm --on numpy, torch-cpu", {"": norm, "on": "numpy,torch-cpu"}),
        (
            "norm --inputs make --seconds 5 --dtype float64 --fresh --margin 0.02 --save results",
            {"": norm, "inputs": print, "seconds": 5.0, "dtype": "float64", "fresh": True}
            | {"margin": 0.02, "save": "results"},
        ),
        ("norm --check off", {"": norm, "check": None}),
        ("norm --check make", {"": norm, "check": print}),
        (
            "g(x) --setup 'g = lambda x: (x, 1)' --name 'a b'",
            {"": "g(x)", "name": "a b"} | {"setup": "g = lambda x: (x, 1)"},
        ),
        ("norm --name {text}", {"": norm, "name": "{text}"}),
    ],
)
def test_a_line_is_a_call(asked: Callable[[str], Given], line: str, given: Given) -> None:
    expected = {name: value for name, value in (USUAL | given).items() if value is not None}
    assert asked(line) == expected


def test_a_lambda_is_the_function_that_it_is(asked: Callable[[str], Given]) -> None:
    assert asked("lambda x: x + 1 --on numpy")[""](2) == 3


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("nrom", "this notebook has no 'nrom'; name one of its functions, or write a text"),
        ("tools.nrom", "this notebook has no 'tools.nrom'"),
        ("norm --inputs mkae", "this notebook has no 'mkae'"),
        ("norm --check reverence", "this notebook has no 'reverence'"),
        ("norm other", "'norm other' is more than one function; give each a name, as in old=f new=g"),
        ("a=norm a=other", "a= is given twice"),
        ("old=", "old= has nothing behind it"),
        ("norm on=numpy", "on is an option; write it as --on"),
        ("norm --siezs 3", "unrecognized arguments: --siezs; `%measure?` lists the options"),
        ("norm --sec 5", "unrecognized arguments: --sec; "),
        ("norm --seconds soon", "invalid float value: 'soon'"),
        ("xp.sum((x", "'xp.sum((x' is no Python"),
        ("norm --name 'a", "No closing quotation"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(
    asked: Callable[[str], Given], line: str, sentence: str
) -> None:
    with pytest.raises(UsageError) as caught:
        asked(line)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("error", [OwnUsageError("no"), UnknownNameError("no")])
def test_an_error_of_ours_is_one_of_ipythons(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(magic, "measure", refuse)
    with pytest.raises(UsageError, match=r"^no$"):
        magic.measure_line("norm", NAMES)


def test_nothing_to_measure_is_said_by_the_real_one() -> None:
    with pytest.raises(UsageError, match="there is nothing to measure"):
        magic.measure_line("", {})


def test_the_help_has_every_option_and_examples() -> None:
    class Shell:
        user_ns = NAMES

        def register_magic_function(self, function: Any, magic_name: str) -> None:  # noqa: ANN401 - a function
            self.name, self.help = magic_name, function.__doc__

    shell = Shell()
    magic.load(shell)
    assert shell.name == "measure"
    assert "%measure old=f new=g --on numpy" in shell.help
    for option in set(magic._OPTIONS) - {"work"}:
        assert f"--{option} " in shell.help
