"""What a run tells of a function that it measured: texts and references, and their hashes."""

import hashlib
from pathlib import Path

import pytest

from harness.spellings.contenders import op_of
from harness.spellings.provenance import provenance
from harness.spellings.references import reference


def twice(x: float) -> object:
    return 2 * x


def test_a_text_is_told_as_it_is_timed_with_its_hash() -> None:
    told = provenance(op_of({"*": "xp.sin( x )"}))
    assert told["sources"] == {"*": "xp.sin(x)"}
    assert told["hashes"] == {"*": hashlib.sha256(b"xp.sin(x)").hexdigest()}
    assert (told["inputs"], told["check"], told["fresh"]) == (
        "standard normal vectors of n elements: x",
        "against float64",
        False,
    )


def test_rivals_are_told_by_their_names_and_what_is_not_checked_says_nothing() -> None:
    told = provenance(op_of({"old": twice, "new": "x + x"}, check=False, inputs="rng.normal(size=n)"))
    assert told["sources"] == {"old": "test_provenance:twice", "new": "x + x"} | {
        "old": told["sources"]["old"]
    }
    assert told["sources"]["old"].endswith("twice")
    assert told["check"] == "off"
    assert told["inputs"] == "lambda n, rng: rng.normal(size=n)"


def test_the_hash_of_a_named_function_is_that_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    hashes = []
    for text in ("def f(x): return x", "def f(x): return 2 * x"):
        Path("work.py").write_text(text, encoding="utf-8")
        for name in ("work.py:f", "work:f"):
            spelling = reference(name)
            assert spelling is not None
            hashes.append(provenance(op_of({"*": spelling}))["hashes"]["*"])
            assert hashes[-1] == hashlib.sha256(text.encode()).hexdigest()
    assert len(set(hashes)) == 2
