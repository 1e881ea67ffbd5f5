"""JUnit documents against the schema that Jenkins' xUnit plugin publishes.

pytest ships the schema with its sources, for tests of its own documents.
"""

import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from firmware_sim.bench.experiments.campaign.junit import JUnitCase, write_junit
from tests.requirements import require_tool

SCHEMA = "testing/example_scripts/junit-10.xsd"


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schema")
    release = f"pytest-{version('pytest')}"
    command = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-binary=pytest", release.replace("-", "=="), f"--dest={folder}"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(f"needs the sources of {release} from a package index")
    with tarfile.open(folder / f"{release}.tar.gz") as sources:
        sources.extract(f"{release}/{SCHEMA}", folder, filter="data")
    return folder / release / SCHEMA


def faults(schema: Path, document: Path) -> str:
    """What xmllint says against a document; nothing if the schema accepts it."""
    command = [str(require_tool("xmllint")), "--noout", "--schema", str(schema), str(document)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr


@pytest.mark.slow
def test_jenkins_schema_accepts_the_document_of_a_drill(schema: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "firmware_sim", "drill", "run", "root-compromise-contingency"]
    command += ["--target", "memory", "--out", str(tmp_path / "run")]
    subprocess.run(command, check=True, capture_output=True)
    assert faults(schema, tmp_path / "run" / "junit.xml") == ""


@pytest.mark.slow
def test_jenkins_schema_accepts_every_kind_of_case_and_refuses_a_planted_attribute(
    schema: Path, tmp_path: Path
) -> None:
    document = tmp_path / "campaign.xml"
    cases = [
        JUnitCase("one", "about", 0.0006151),
        JUnitCase("two", "about", 1234.5, failure="in one line", details="in\nfull"),
        JUnitCase("three", "about", skipped="does not fit"),
    ]
    write_junit("campaign", {"suite": cases}, document)
    assert faults(schema, document) == ""
    planted = document.read_text(encoding="utf-8").replace(
        "<testsuites ", '<testsuites skipped="1" '
    )
    document.write_text(planted, encoding="utf-8")
    assert "skipped" in faults(schema, document)
