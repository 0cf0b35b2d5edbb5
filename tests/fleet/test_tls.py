"""A fleet whose cluster speaks TLS, and who cannot speak with it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fleet.test_fleet import SHORT, start, states
from tests.support.fleets import Cluster
from tests.support.projects import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


class Certificates:
    """An authority, and a certificate with its key, in files."""

    def __init__(self, folder: Path) -> None:
        trustme = pytest.importorskip("trustme", reason="the package trustme is not installed")
        folder.mkdir()
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1", "localhost")
        self.ca, self.cert, self.key = (folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
        authority.cert_pem.write_to_path(self.ca)
        issued.private_key_pem.write_to_path(self.key)
        issued.cert_chain_pems[0].write_to_path(self.cert)

    def words(self, *names: str) -> list[str]:
        """Return options, each with its file."""
        paths = dict(zip(names, (self.ca, self.cert, self.key), strict=True))
        return [word for name, path in paths.items() for word in (f"--tls-{name}", str(path))]


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path / "own")


def test_a_fleet_is_measured_over_tls_and_without_a_warning(
    certificates: Certificates, tmp_path: Path
) -> None:
    folder = tmp_path / "cluster"
    folder.mkdir()
    cluster = Cluster(folder, certificates.words("ca-file", "cert", "key"))
    results = tmp_path / "results"
    try:
        cluster.add("a")
        process = start(cluster, results, [*certificates.words("ca", "cert", "key"), *SHORT])
        _, err = process.communicate()
        assert process.returncode == 0, err
        assert "warning" not in err
        assert states(results) == {"a": "measured"}
        strangers = Certificates(tmp_path / "others")
        process = start(cluster, results, [*strangers.words("ca", "cert", "key"), *SHORT])
        _, err = process.communicate()
        assert process.returncode == 6
        assert f"no scheduler answers at {cluster.address}" in err
        assert "Traceback" not in err
    finally:
        cluster.end()


def test_a_certificate_that_is_not_there_or_not_named_is_told(certificates: Certificates) -> None:
    every = certificates.words("ca", "cert", "key")
    certificates.key.unlink()
    refusals = {
        "key.pem": ("tls://127.0.0.1:1", *every),
        "go together, with a --scheduler at tls://": ("tls://127.0.0.1:1",),
        "--tls-ca, --tls-cert and --tls-key": ("tcp://127.0.0.1:1", *every[:2]),
    }
    for said, words in refusals.items():
        done = subprocess.run(
            [sys.executable, "-m", "harness", "fleet", "run", "--scheduler", *words],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
