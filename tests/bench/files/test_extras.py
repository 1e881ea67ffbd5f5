"""The advice for a missing optional package names packages that an index has."""

from importlib.metadata import PackageNotFoundError

import pytest
from packaging.requirements import Requirement

from firmware_sim.bench.files import extras
from tests.ground.tree import pyproject


@pytest.mark.parametrize("extra", ["broker", "report", "zig"])
def test_advice_names_the_packages_of_the_extra_and_never_this_project(extra: str) -> None:
    words = extras.how_to_get(extra).removeprefix("pip install ").split("' '")
    advised = [Requirement(each.strip("'")) for each in words]
    declared = pyproject()["project"]["optional-dependencies"][extra]
    assert advised == [Requirement(each) for each in declared]


def test_without_metadata_the_advice_says_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> list[str]:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(extras, "requires", missing)
    assert extras.how_to_get("report") == "install what pyproject.toml lists under report"
