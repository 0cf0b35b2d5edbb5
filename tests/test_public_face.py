"""The public face of the package: what it loads, and what it refuses."""

import subprocess
import sys

import pytest

import harness


@pytest.mark.slow
def test_importing_harness_loads_no_heavy_library() -> None:
    heavy = {"numpy", "torch", "pandas", "matplotlib", "IPython"}
    script = f"import sys, harness; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_command_is_also_the_package_run_as_a_module() -> None:
    command = [sys.executable, "-m", "harness", "ops"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "np.abs(x)" in said.stdout


def test_a_misspelt_function_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="spedup"):
        harness.spedup  # noqa: B018 - the access is the test
