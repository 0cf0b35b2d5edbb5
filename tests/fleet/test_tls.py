"""Fleets over TLS: a real scheduler and worker that take nobody without their certificate."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed.security import Security

from tests.fleet.test_fleet import SHORT, states
from tests.support.fleets import Cluster
from tests.support.projects import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def certificates(folder: Path) -> dict[str, str]:
    """Return the files of a new certificate that vouches for itself, as options name them."""
    folder.mkdir()
    made = Security.temporary()
    texts = {"ca": made.tls_ca_file, "cert": made.tls_client_cert, "key": made.tls_client_key}
    for name, text in texts.items():
        (folder / name).write_text(text)
    return {name: str(folder / name) for name in texts}


@pytest.fixture
def own(tmp_path: Path) -> dict[str, str]:
    """Return the certificates of the cluster."""
    return certificates(tmp_path / "own")


@pytest.fixture
def cluster(own: dict[str, str], tmp_path: Path) -> Iterator[Cluster]:
    """Return a cluster that speaks TLS alone."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    tls = ("--tls-ca-file", own["ca"], "--tls-cert", own["cert"], "--tls-key", own["key"])
    cluster = Cluster(folder, tls)
    yield cluster
    cluster.end()


def measured(address: str, tls: dict[str, str], results: Path) -> "subprocess.CompletedProcess[str]":
    """Return what the command says and how it ends."""
    options = [word for name, path in tls.items() for word in (f"--tls-{name}", path)]
    return subprocess.run(
        [
            *(sys.executable, "-m", "harness", "fleet", "run", "--scheduler", address),
            *("--results", str(results), *options, *SHORT),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_fleet_is_measured_by_certificates(cluster: Cluster, own: dict[str, str], tmp_path: Path) -> None:
    cluster.add("a")
    done = measured(cluster.address, own, tmp_path / "results")
    assert done.returncode == 0, done.stderr
    assert states(tmp_path / "results") == {"a": "measured"}
    assert "warning" not in done.stderr


@pytest.mark.parametrize("kind", ["another", "none", "unencrypted", "no file", "half", "elsewhere"])
def test_without_the_right_certificate_there_is_one_sentence(
    kind: str, cluster: Cluster, own: dict[str, str], tmp_path: Path
) -> None:
    cluster.add("a")
    address, tls = cluster.address, own
    if kind == "another":
        tls = certificates(tmp_path / "another")
    elif kind == "no file":
        tls = {**own, "cert": str(tmp_path / "gone.pem")}
    elif kind == "half":
        tls = {"ca": own["ca"]}
    elif kind == "elsewhere":
        address = address.replace("tls://", "tcp://")
    else:
        tls = {}
        address = address.replace("tls://", "tcp://") if kind == "unencrypted" else address
    done = measured(address, tls, tmp_path / "results")
    assert done.returncode == (6 if kind in {"another", "unencrypted"} else 2), done.stderr
    *before, told = done.stderr.splitlines()
    assert before == ([f"asking {address} for its hosts"] if done.returncode == 6 else [])
    assert told.startswith("harness: ")
