"""What a machine's card says of it, against another program that knows."""

import json
import shutil
import subprocess

import pytest

from harness.machine.card import card

pytestmark = pytest.mark.slow

LSCPU = shutil.which("lscpu")


@pytest.mark.skipif(not LSCPU, reason="there is no lscpu to compare with")
def test_the_caches_are_those_that_lscpu_tells() -> None:
    words = ["--bytes", "--caches=NAME,TYPE,ALL-SIZE", "--json"]
    listed = subprocess.run([LSCPU or "", *words], check=True, capture_output=True)
    expected = {
        cache["name"].removesuffix("d"): int(cache["all-size"])
        for cache in json.loads(listed.stdout or b'{"caches": []}')["caches"]
        if cache["type"] != "Instruction"
    }
    assert card("here")["caches"] == expected
