"""What the installed Torch was built for, without importing it."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from harness.backends import torch_build
from harness.backends.torch_build import TorchBuild, installed_torch

VERSION_FILE = """
from typing import Optional

__all__ = ['__version__', 'debug', 'cuda', 'git_version', 'hip', 'xpu']
__version__ = '2.6.0{local}'
debug = False
cuda: Optional[str] = {cuda!r}
git_version = '1eba9b3aa3c43f86f4a2c807ac8e12c4a7767340'
hip: Optional[str] = {hip!r}
xpu: Optional[str] = None
"""


def test_the_version_file_says_what_torch_says_of_itself() -> None:
    has_cuda = torch.version.cuda is not None or torch.version.hip is not None
    assert installed_torch() == TorchBuild(version=str(torch.__version__), cuda=has_cuda)


@pytest.mark.parametrize(
    ("local", "cuda", "hip", "expected"),
    [("+cpu", None, None, False), ("+cu124", "12.4", None, True), ("+rocm6.2", None, "6.2.41133", True)],
)
def test_a_torch_for_nvidias_or_amds_gpus_knows_cuda(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    local: str,
    cuda: str | None,
    hip: str | None,
    expected: bool,
) -> None:
    (tmp_path / "version.py").write_text(VERSION_FILE.format(local=local, cuda=cuda, hip=hip))
    spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(torch_build, "find_spec", lambda _name: spec)
    assert installed_torch() == TorchBuild(version=f"2.6.0{local}", cuda=expected)


@pytest.mark.parametrize("text", [None, "__version__ = '2.6.0'"])
def test_a_torch_whose_version_file_does_not_tell_is_asked_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "version.py").write_text(text)
    spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(torch_build, "find_spec", lambda _name: spec)
    assert installed_torch().version == torch.__version__


@pytest.mark.slow
def test_a_torch_without_cuda_is_not_imported_to_say_so() -> None:
    script = (
        "import sys\n"
        "from harness.backends import torch as backends\n"
        "build = backends.installed_torch()\n"
        "backends.installed_torch = lambda: type(build)(version=build.version, cuda=False)\n"
        "print(backends.TorchBackend(name='torch-cuda', device='cuda').missing())\n"
        "print('torch' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    reason, imported = run.stdout.splitlines()
    assert reason == f"this Torch ({torch.__version__}) is built without CUDA"
    assert imported == "False"
