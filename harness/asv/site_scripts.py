"""The scripts and the style that asv's pages load from content networks, put beside the pages.

It knows which file of which npm package each of them is, and its SHA-256.
"""

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = "libraries"
"""Where they lie in the site."""
LIMIT = 120.0
"""Seconds that npm may take; it has 3.4 MB to fetch."""
_TAG = re.compile(r'<(?:script|link)\b[^>]*\b(?:src|href)="(https://[^"]+)"[^>]*>')
_REMOTE_ONLY = re.compile(r'\s(?:integrity|crossorigin|referrerpolicy)="[^"]*"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file of an npm package."""

    package: str
    """Name and exact version, as npm takes them."""
    path: str
    """Where the file is in the package."""
    sha256: str

    @property
    def place(self) -> str:
        """Address of the file in the site, relative to its root."""
        return f"{FOLDER}/{self.package}/{self.path}"


_FLOT, _BOOTSTRAP = "flot@0.8.3", "bootstrap@3.1.1"
# npm has flot only as it was written, and of stupidtable only 1.1.3 where asv asks for 1.0.1; what asv calls
# of it is the same. All others are byte for byte what asv's pages would load.
SCRIPTS = {
    "https://code.jquery.com/jquery-3.3.1.min.js": Source(
        package="jquery@3.3.1",
        path="dist/jquery.min.js",
        sha256="160a426ff2894252cd7cebbdd6d6b7da8fcd319c65b70468f10b6690c45d02ef",
    ),
    "https://cdnjs.cloudflare.com/ajax/libs/flot/0.8.3/jquery.flot.min.js": Source(
        package=_FLOT,
        path="jquery.flot.js",
        sha256="b7b931f273c38b1277b9c6c1f4e05c4ec09885a487bddaf3279e2d7e49a38e12",
    ),
    "https://cdnjs.cloudflare.com/ajax/libs/flot/0.8.3/jquery.flot.time.min.js": Source(
        package=_FLOT,
        path="jquery.flot.time.js",
        sha256="a582c832adc7138a6b05aaf61f16ebac274701f1be4afea77e739a1c34b9c41a",
    ),
    "https://cdnjs.cloudflare.com/ajax/libs/flot/0.8.3/jquery.flot.selection.min.js": Source(
        package=_FLOT,
        path="jquery.flot.selection.js",
        sha256="e6c85f6c1ebe4b4da29d8ae238c7c5060283f05f7ef054f6b91817d02c092918",
    ),
    "https://cdnjs.cloudflare.com/ajax/libs/flot/0.8.3/jquery.flot.categories.min.js": Source(
        package=_FLOT,
        path="jquery.flot.categories.js",
        sha256="6e81664b28ea795c734906f4aa15614640a75ac7fbd399a7fb9084040698351a",
    ),
    "https://cdn.jsdelivr.net/npm/flot-orderbars@1.0.0/js/jquery.flot.orderBars.js": Source(
        package="flot-orderbars@1.0.0",
        path="js/jquery.flot.orderBars.js",
        sha256="39735b4f46f96ff4e082572401f47c55a2767b366fd1d1e821e44a8d830a12bf",
    ),
    "https://cdnjs.cloudflare.com/ajax/libs/stupidtable/1.0.1/stupidtable.min.js": Source(
        package="stupid-table-plugin@1.1.3",
        path="stupidtable.min.js",
        sha256="4642380f28ebe9ed7cac251793b281ef8620c4386205d92788f9b12f5cceb4e0",
    ),
    "https://cdnjs.cloudflare.com/ajax/libs/blueimp-md5/2.19.0/js/md5.min.js": Source(
        package="blueimp-md5@2.19.0",
        path="js/md5.min.js",
        sha256="64d7ded388c562e4bde9e58ce205e5fa01b9734fcd434d496eb7b4fbfe9b927d",
    ),
    "https://cdn.jsdelivr.net/npm/bootstrap@3.1.1/dist/js/bootstrap.min.js": Source(
        package=_BOOTSTRAP,
        path="dist/js/bootstrap.min.js",
        sha256="898d05a17f2cfc5120ddcdba47a885c378c0b466f30f0700e502757e24b403a1",
    ),
    "https://cdn.jsdelivr.net/npm/bootstrap@3.1.1/dist/css/bootstrap.min.css": Source(
        package=_BOOTSTRAP,
        path="dist/css/bootstrap.min.css",
        sha256="e9503448692b738dd260fbd7f7cabf2e11f09b600fa97e6eb3a56eba5b1a7e9b",
    ),
}
"""By the address that asv's pages load it from."""


def bring_scripts(index: Path) -> str:
    """Put what asv's page loads from elsewhere beside it; return why it is as it was, or nothing."""
    text, site = index.read_text(encoding="utf-8"), index.parent
    tags = {match[1]: match[0] for match in _TAG.finditer(text)}
    for address in tags:
        if address not in SCRIPTS:
            return f"asv's pages load {address}, of which no package is known"
    wanted = {SCRIPTS[address] for address in tags}
    with tempfile.TemporaryDirectory(prefix="harness-npm-") as folder:
        fault = _pack({source.package for source in wanted}, Path(folder))
        if fault:
            return fault
        files = dict(_unpacked(wanted, Path(folder)))
    for source in wanted:
        if hashlib.sha256(files.get(source.place, b"")).hexdigest() != source.sha256:
            return f"{source.path} in npm's {source.package} is not the file that it was"
    for place, content in files.items():
        (site / place).parent.mkdir(parents=True, exist_ok=True)
        (site / place).write_bytes(content)
    for address, tag in tags.items():
        text = text.replace(tag, _REMOTE_ONLY.sub("", tag).replace(address, SCRIPTS[address].place))
    index.write_text(text, encoding="utf-8")
    return ""


def _pack(packages: Iterable[str], folder: Path) -> str:
    """Fetch packages as they are, without running or resolving anything of theirs; return what went wrong."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    options = ["--pack-destination", str(folder), "--prefer-offline", "--fetch-retries", "1"]
    command = [npm, "pack", *options, *sorted(packages)]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return f"npm did not fetch their scripts within {LIMIT:g} s"
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        return f"npm cannot fetch their scripts ({lines[0] if lines else 'it does not say why'})"
    return ""


def _unpacked(sources: Iterable[Source], folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files with their licences, each under its place in the site."""
    wanted = {source.place for source in sources}
    for package in {source.package for source in sources}:
        with tarfile.open(folder / f"{package.replace('@', '-')}.tgz") as archive:
            for member in archive:
                path = member.name.partition("/")[2]  # below the package's own folder
                place = f"{FOLDER}/{package}/{path}"
                if place in wanted or ("/" not in path and "licen" in path.lower()):
                    content = archive.extractfile(member)
                    if content is not None:
                        yield place, content.read()
