"""Take one thing that makes a device's time right out of the code, and see which tests notice.

Run as ``python scripts/mutations.py`` in the project's folder. It works on a copy, prints a line per
mutation, and ends with 1 if one was not noticed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parent.parent
MUTATIONS = (
    (
        "no wait before a row",
        "timing/device_clock.py",
        "        device.synchronize()\n        began = clock()",
        "        began = clock()",
    ),
    (
        "no wait after a row",
        "timing/device_clock.py",
        "        calls.timeit(number)\n        device.synchronize()\n",
        "        calls.timeit(number)\n",
    ),
    (
        "no wait in a call",
        "timing/device_clock.py",
        "timed_loop(statement, WAIT, names",
        'timed_loop(statement, "", names',
    ),
    ("no wait before the first call", "timing/loop.py", "        idle.timeit(1)\n", ""),
    ("the wait covers nothing", "timing/device_clock.py", 'WAIT = "_device.synchronize()"', 'WAIT = "pass"'),
    (
        "no slope: a row with its wait",
        "timing/device_clock.py",
        "if (more := row(2 * number) - once) > 0:",
        "if more := once:",
    ),
    (
        "no wait before a hold",
        "timing/device_clock.py",
        "            device.synchronize()\n            self._marks.clear()\n",
        "            self._marks.clear()\n",
    ),
    (
        "no wait before events are read",
        "timing/device_clock.py",
        "            device.synchronize()\n            self._unit = ",
        "            self._unit = ",
    ),
    (
        "no hold",
        "timing/device_clock.py",
        "            device.spin(units)\n            end = device.mark()\n            took = self",
        "            end = device.mark()\n            took = self",
    ),
    (
        "a hold of the host's time only, unchecked",
        "timing/device_clock.py",
        "            if held:\n",
        "            if True:\n",
    ),
    (
        "a hold that assumes a clock rate",
        "timing/device_clock.py",
        "            self._unit = device.seconds(begin, end) / units\n",
        "",
    ),
    (
        "no event before the call",
        "timing/device_clock.py",
        '{mark}\\n{statement}\\n{mark}"',
        '{statement}\\n{mark}"',
    ),
    (
        "no event after the call",
        "timing/device_clock.py",
        '{mark}\\n{statement}\\n{mark}"',
        '{mark}\\n{statement}"',
    ),
    ("the empty pair is not taken off", "timing/device_clock.py", " - count * self.empty", ""),
    (
        "the empty pair is measured once, when idle",
        "timing/device_clock.py",
        "                self.empty = median(seconds[:EMPTY_PAIRS])\n",
        "                self.empty = self.empty or median(seconds[:EMPTY_PAIRS])\n",
    ),
    (
        "a cold cache is not made",
        "timing/device_clock.py",
        'f"_device.flush()\\n{call}"',
        "call",
    ),
    (
        "a cold cache is made between the events",
        "timing/device_clock.py",
        'f"_device.flush()\\n{call}"',
        'f"{mark}\\n_device.flush()\\n{statement}\\n{mark}"',
    ),
    (
        "the wait for a cold cache counts as the call's",
        "timing/device_clock.py",
        "self._hot.timeit(PROBE)",
        "self._calls.timeit(PROBE)",
    ),
    ("too many calls behind a hold", "timing/device_clock.py", "MOST_HELD = 32", "MOST_HELD = 3200"),
    (
        "a probe at the idle clock",
        "timing/device_clock.py",
        "PROBE_AFTER = 0.1",
        "PROBE_AFTER = 1e-9",
    ),
    (
        "another stream passes unseen",
        "timing/device_clock.py",
        "if waited > SHORTEST and busy < SEEN * waited:",
        "if False:",
    ),
    ("short calls are not refused", "timing/device_clock.py", "if busy < SHORTEST:", "if False:"),
    (
        "no longer warm-up of a device",
        "timing/sampling.py",
        "warm_least=rules.ramp_least, warm_most=rules.ramp_most",
        "",
    ),
    (
        "no lead-in of a device",
        "timing/sampling.py",
        "        raise_clock(contender.untimed, tally.rules, tally.warm.level)\n        return\n",
        "        return\n",
    ),
    (
        "the lead-in does not look at the speed",
        "timing/warm_up.py",
        "warm.steady and warm.level <= LED_IN * level",
        "True",
    ),
    (
        "the spans of a device do not follow one another",
        "timing/sampling.py",
        "sorted(shuffled, key=lambda pair: first[pair[1]])",
        "shuffled",
    ),
    (
        "no mirror image of a pass",
        "timing/sampling.py",
        "(*order, *reversed(order))",
        "(*order, *order)",
    ),
    ("throttling is not looked at", "timing/disturbance.py", "boost is not None and any(", "False and any("),
    (
        "a lasting error does not end the worker",
        "workers/failure.py",
        "        _give_up(reason)\n",
        "        pass\n",
    ),
    ("no cold cache is asked for", "workers/group.py", "cold=self.task.cold", "cold=False"),
    (
        "no first call is kept",
        "workers/group.py",
        "replace(sampled, first=entrants[lane].first,",
        "replace(sampled, first=None,",
    ),
)
"""What is taken out, of which module, and the texts before and after."""
TESTS = {
    "timing/device_clock.py": ("tests/timing/test_device_clock.py",),
    "timing/disturbance.py": ("tests/timing/test_device_clock.py", "tests/timing/test_disturbance.py"),
    "timing/loop.py": ("tests/timing/test_device_clock.py", "tests/timing/test_loop.py"),
    "timing/sampling.py": ("tests/timing/test_device_clock.py", "tests/timing/test_sampling.py"),
    "timing/warm_up.py": ("tests/timing/test_device_clock.py", "tests/timing/test_warm_up.py"),
    "workers/group.py": ("tests/workers",),
    "workers/failure.py": ("tests/workers",),
}
"""The tests that have to notice, by module."""


def main() -> int:
    """Try every mutation; return how many were not noticed, 1 at most."""
    unnoticed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("harness", "tests", "benchmarks", "pyproject.toml", "README.md"):
            source = PROJECT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
        for what, module, before, after in MUTATIONS:
            path = copy / "harness" / module
            text = path.read_text(encoding="utf-8")
            if text.count(before) < 1:
                sys.stdout.write(f"GONE       {what}: its text is no more in {module}\n")
                unnoticed = 1
                continue
            path.write_text(text.replace(before, after), encoding="utf-8")
            caught = failing(copy, module)
            path.write_text(text, encoding="utf-8")
            unnoticed |= not caught
            sys.stdout.write(f"{'caught' if caught else 'UNNOTICED':10} {what}: {', '.join(caught)}\n")
            sys.stdout.flush()
    return unnoticed


def failing(copy: Path, module: str) -> list[str]:
    """Return the first tests of a module that fail in a copy of the project, by name."""
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--timeout=20",
            "--maxfail=3",
            "-p",
            "no:cacheprovider",
            *TESTS[module],
        ],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    names = re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", run.stdout, re.MULTILINE)
    # A test that hangs is ended with the whole process, before any name is printed.
    return list(dict.fromkeys(names)) or (["the tests cannot be run to their end"] if run.returncode else [])


if __name__ == "__main__":
    sys.exit(main())
