"""The copy of the tree in which bugs are planted."""

from pathlib import Path

import pytest

from tests.planted.planting import copy_tree, put_back


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for the process."""
    return copy_tree(tmp_path_factory.mktemp("planted"))


@pytest.fixture
def tree(copied: Path) -> Path:
    """As the tree is, whatever was planted in it before."""
    put_back(copied)
    return copied
