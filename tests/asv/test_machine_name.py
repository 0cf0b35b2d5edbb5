"""asv's name of this machine: reading it leaves the home alone, registering it writes asv's file."""

import json
from pathlib import Path

import pytest
from asv.machine import Machine

from harness.asv.machine_name import known_machine, machine_card, register_machine
from harness.errors import MeasureError, UsageError

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


@pytest.mark.parametrize("card", [[], {"here": []}, {"here": {"machine": None}}, {"here": {}}])
def test_what_is_no_card_of_a_machine_is_none(own_home: Path, card: object) -> None:
    (own_home / FILE).write_text(json.dumps({**card, "version": 1} if isinstance(card, dict) else card))
    assert known_machine("here") == "here"
    assert machine_card("here")["machine"] == "here"


def test_where_the_home_is_none_a_name_can_be_read_but_not_registered(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_home / "file").touch()
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(own_home / "file"))
    assert known_machine("here") == machine_card("here")["machine"] == "here"
    with pytest.raises(MeasureError, match="set HOME to a folder that can"):
        register_machine("here")


@pytest.mark.parametrize("name_of", [known_machine, register_machine])
def test_a_name_that_cannot_be_a_folders_is_refused(name_of: object, own_home: Path) -> None:
    with pytest.raises(UsageError):
        name_of("../elsewhere")  # type: ignore[operator] # one of the two functions
    assert list(own_home.iterdir()) == []
