"""A store in S3, on a real server of this computer: measured, merged, checked, asked, and what goes wrong."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from harness.errors import EmptyStoreError, RemoteError
from tests.support.command_line import Harness
from tests.support.far_stores import SECRET, script_run
from tests.support.projects import copy_project
from tests.support.stores import write_machine

pytestmark = pytest.mark.slow
STORE = "s3://bucket/results"


class Server(NamedTuple):
    """A server of S3, and where it is."""

    running: ThreadedMotoServer
    address: str


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Start a server with one bucket, and let the environment name it."""
    running = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    address = f"http://{host}:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    urlopen(Request(f"{address}/moto-api/reset", method="POST")).close()  # noqa: S310 - on this computer
    urlopen(Request(f"{address}/bucket", method="PUT")).close()  # noqa: S310 - on this computer
    fsspec.filesystem("s3").clear_instance_cache()
    yield Server(running, address)
    running.stop()
    fsspec.filesystem("s3").clear_instance_cache()


@pytest.fixture
def here(call: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project in which commands are called."""
    del call  # which goes to another folder first
    project = copy_project(tmp_path)
    monkeypatch.chdir(project)
    return project


@pytest.mark.usefixtures("server")
def test_a_run_is_measured_put_into_s3_checked_and_asked_there(call: Harness, here: Path) -> None:
    words = (
        "--quick",
        "--op",
        "abs",
        "--max-size",
        "1024",
        "--rounds",
        "2",
        "--machine",
        "here",
        "--no-plots",
    )
    # A process of its own, as it forks.
    done = subprocess.run(
        [sys.executable, "-m", "harness", "run", *words, "--results", STORE],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"put: {STORE}/runs/here/" in done.stdout
    assert SECRET not in done.stdout + done.stderr
    write_machine(here / "laptop", "laptop", ops=("abs",), gpu=False, jitter=0.01)
    assert call("merge", "laptop", "--results", STORE).out.endswith(
        ": 1 runs are new, 0 were there already\n"
    )
    assert call("merge", "laptop", "--results", STORE).out.endswith(
        ": 0 runs are new, 1 were there already\n"
    )
    for asked in (("check", STORE), ("report", "--results", STORE)):
        answer = call(*asked)
        assert (answer.code, SECRET in answer.out + answer.err) == (0, False), answer.err
    assert "laptop" in (here / "results" / "report.html").read_text(encoding="utf-8")
    answer = call("speedup", "--results", STORE, "--machine", "laptop")
    assert (answer.code, "abs" in answer.out) == (0, True)
    assert call("merge", STORE, "--results", "back").code == 0
    for path in (path for folder in ("results", "laptop") for path in (here / folder / "runs").glob("*/*/*")):
        assert (here / "back" / path.relative_to(path.parents[3])).read_bytes() == path.read_bytes()


@pytest.mark.usefixtures("server")
def test_a_bucket_that_is_not_there_is_one_sentence(call: Harness, here: Path) -> None:
    write_machine(here / "laptop", "laptop", ops=("abs",))
    answer = call("merge", "laptop", "--results", "s3://elsewhere/results")
    assert (answer.code, answer.err.count("\n")) == (RemoteError.exit_code, 1)
    assert "no such bucket" in answer.err
    assert call("cells", "--results", "s3://elsewhere/results").code == EmptyStoreError.exit_code
    answer = call("run", "--op", "abs", "--results", "s3://elsewhere/results")
    assert (answer.code, "no such bucket" in answer.err) == (RemoteError.exit_code, True)


@pytest.mark.usefixtures("server", "here")
def test_without_credentials_there_is_one_sentence(
    call: Harness, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del own_home  # where no file has any
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    answer = call("run", "--op", "abs", "--results", STORE)
    assert (answer.code, answer.err.count("\n")) == (RemoteError.exit_code, 1)
    assert "no credentials" in answer.err


def test_a_server_that_is_gone_is_one_sentence_without_a_secret(
    call: Harness, here: Path, server: Server
) -> None:
    write_machine(here / "laptop", "laptop", ops=("abs",))
    assert call("merge", "laptop", "--results", STORE).code == 0
    server.running.stop()
    for words in (("cells",), ("merge", "laptop"), ("report",)):
        answer = call(*words, "--results", STORE)
        assert (answer.code, answer.err.splitlines()[-1][:9]) == (RemoteError.exit_code, "harness: ")
        assert SECRET not in answer.out + answer.err
        assert "Traceback" not in answer.err


def test_a_server_that_goes_while_a_run_is_measured_costs_nothing(
    call: Harness, here: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    script_run(monkeypatch, server.running.stop)
    answer = call("run", "--op", "abs", "--machine", "a", "--no-plots", "--results", STORE)
    assert answer.code == RemoteError.exit_code
    assert f"`harness merge results --results {STORE}` puts it there" in answer.err
    assert SECRET not in answer.out + answer.err
    assert call("cells", "--machine", "a", "--results", here / "results").code == 0
