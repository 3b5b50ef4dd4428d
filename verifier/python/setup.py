"""Copies the tables of ../../spec into the package when it is built. The tree has the tables only once."""
from pathlib import Path
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py

SPEC = Path(__file__).resolve().parent.parent.parent / "spec"


class BuildWithTables(build_py):
    """Builds the package with the published tables in it."""

    def run(self) -> None:
        super().run()
        target = Path(self.build_lib) / "immure_verifier" / "spec"
        target.mkdir(parents=True, exist_ok=True)
        tables = sorted(SPEC.glob("*.json"))
        if not tables:
            raise FileNotFoundError(f"{SPEC} has no tables; build the package in immure's repository")
        for table in tables:
            shutil.copyfile(table, target / table.name)


setup(cmdclass={"build_py": BuildWithTables})
