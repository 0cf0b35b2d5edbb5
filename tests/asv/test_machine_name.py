"""asv's name of this machine: reading it leaves the home alone, registering it writes asv's file."""

import json
import re
from errno import EACCES
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


@pytest.mark.parametrize(
    "card", [[], {"here": []}, {"here": {"machine": None}}, {"here": {"machine": 5}}, {"here": {}}]
)
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


@pytest.mark.parametrize(
    "text", [b"{", b"[]", b"null", b'"here"', b"\xff\xfe\0", b'{"here": {"machine": "here"}, "version": 9}']
)
def test_a_file_that_asv_cannot_read_is_named_and_left_as_it_is(own_home: Path, text: bytes) -> None:
    (own_home / FILE).write_bytes(text)
    assert known_machine("here") == machine_card("here")["machine"] == "here"
    with pytest.raises(
        MeasureError, match=r"asv-machine\.json cannot be read \(.*\); mend or remove it, or use"
    ):
        register_machine("here")
    assert (own_home / FILE).read_bytes() == text


def test_where_asv_cannot_write_what_it_knows_already_it_is_said(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register_machine("here")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(EACCES, "Permission denied")

    monkeypatch.setattr("asv.util.write_json", refuse)
    assert known_machine("here") == "here"
    sentence = rf"{own_home / FILE} cannot be written (Permission denied); set HOME to a folder that can"
    with pytest.raises(MeasureError, match=re.escape(sentence)):
        register_machine("here")


def test_where_nothing_says_where_the_home_is_no_folder_is_called_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # as for a user without an entry in passwd
    assert known_machine("here") == "here"
    with pytest.raises(MeasureError, match=r"nothing says where the home is\); set HOME"):
        register_machine("here")
    assert list(tmp_path.iterdir()) == []


def test_the_name_on_a_card_is_the_one_that_asv_takes(own_home: Path) -> None:
    text = json.dumps({"here": {"machine": "there"}, "version": 1})
    (own_home / FILE).write_text(text)
    assert (
        known_machine("here")
        == register_machine("here")
        == Machine.load(machine_name="here").machine
        == "there"
    )


@pytest.mark.parametrize("name", ["../elsewhere", ""])
@pytest.mark.parametrize("name_of", [known_machine, register_machine])
def test_a_name_that_cannot_be_a_folders_is_refused(name_of: object, name: str, own_home: Path) -> None:
    with pytest.raises(UsageError):
        name_of(name)  # type: ignore[operator] # one of the two functions
    assert list(own_home.iterdir()) == []
