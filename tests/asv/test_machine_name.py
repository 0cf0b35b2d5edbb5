"""asv's name of this machine: reading it leaves the home alone, registering it writes asv's file."""

import json
from pathlib import Path

import pytest
from asv.machine import Machine

from harness.asv.machine_name import known_machine, register_machine
from harness.errors import UsageError

FILE = ".asv-machine.json"


def test_reading_the_name_writes_nothing(own_home: Path) -> None:
    assert known_machine() == Machine.get_unique_machine_name()
    assert known_machine("elsewhere") == "elsewhere"
    assert list(own_home.iterdir()) == []


def test_registering_a_name_makes_it_known_to_asv(own_home: Path) -> None:
    assert register_machine("here") == "here"
    assert json.loads((own_home / FILE).read_text())["here"]["machine"] == "here"


def test_a_name_that_the_user_gave_asv_is_the_machines(own_home: Path) -> None:
    (own_home / FILE).write_text(json.dumps({"mine": {"machine": "mine"}, "version": 1}))
    assert known_machine() == register_machine() == "mine"


def test_a_damaged_file_of_asvs_is_no_hindrance_to_reading(own_home: Path) -> None:
    (own_home / FILE).write_text("{")
    assert known_machine("here") == "here"


@pytest.mark.parametrize("name_of", [known_machine, register_machine])
def test_a_name_that_cannot_be_a_folders_is_refused(name_of: object, own_home: Path) -> None:
    with pytest.raises(UsageError):
        name_of("../elsewhere")  # type: ignore[operator] # one of the two functions
    assert list(own_home.iterdir()) == []
