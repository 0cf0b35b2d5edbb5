"""Installed packages that are not there: a module and what an installer would write beside it."""

from pathlib import Path


def install(folder: Path, distribution: str, module: str, source: str, *points: str) -> None:
    """Write a module, and the metadata of a distribution with these entry points, into a folder of a path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    facts = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8"
    )
    (facts / "entry_points.txt").write_text("\n".join(["[harness.backends]", *points, ""]), encoding="utf-8")
