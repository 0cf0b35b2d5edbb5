"""Under which versions results are filed."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.backends import torch_build
from harness.workers.libraries import labels


def test_torch_is_called_by_the_build_that_it_says_it_is_whatever_the_wheel_is_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The metadata of PyPI's wheels say 2.14.1, the library in them 2.14.1+cu130."""
    (tmp_path / "version.py").write_text("__version__ = '2.14.1+cu130'\ncuda = '13.0'\nhip = None\n")
    spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(torch_build, "find_spec", lambda _name: spec)
    assert labels()["torch"] == "2.14.1+cu130"
