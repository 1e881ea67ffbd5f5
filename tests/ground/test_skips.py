"""No test is green because it did not run."""

from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1].joinpath("conftest.py").read_text(encoding="utf-8")

A_SKIP_IN_EVERY_PLACE = """
import pytest
from tests.requirements import reference_set, require_tool

@pytest.fixture
def broker():
    return require_tool("no-such-broker")

def test_in_a_fixture(broker): ...

def test_in_the_body():
    require_tool("no-such-tool")

def test_reference_set():
    reference_set()

@pytest.mark.skip(reason="by marker")
def test_by_marker(): ...
"""


@pytest.fixture
def nested(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with our conftest and its own tests."""
    monkeypatch.delenv("GBCS_RTDS", raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:pytest_embedded")
    pytester.makeconftest(CONFTEST)
    pytester.makeini(
        "[pytest]\nasyncio_default_fixture_loop_scope = function\naddopts = -p no:pytest_embedded"
    )
    return pytester


def test_skip_on_a_bare_machine_says_what_is_missing(nested: pytest.Pytester) -> None:
    nested.makepyfile(A_SKIP_IN_EVERY_PLACE)
    result = nested.runpytest("-rs")
    result.assert_outcomes(skipped=4)
    result.stdout.fnmatch_lines_random(["*no-such-broker*", "*no-such-tool*", "*GBCS_RTDS*"])


def test_skips_under_ci_fail_with_their_reason(
    nested: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    nested.makepyfile(A_SKIP_IN_EVERY_PLACE)
    result = nested.runpytest()
    # A skip in a fixture is an error of its set-up; the marker skips before the set-up too.
    result.assert_outcomes(failed=2, errors=2)
    result.stdout.fnmatch_lines_random(
        ["*error under CI=true*no-such-broker*", "*error under CI=true*by marker*"]
    )


def test_module_that_skips_under_ci_fails(
    nested: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    nested.makepyfile("import pytest\npytest.importorskip('no_such_module')\ndef test_it(): ...")
    result = nested.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*error under CI=true*no_such_module*"])


def test_expected_failure_under_ci_stays_one(
    nested: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    nested.makepyfile("import pytest\n@pytest.mark.xfail\ndef test_it(): assert False")
    nested.runpytest().assert_outcomes(xfailed=1)


def test_a_reference_set_that_is_not_there_is_a_mistake_not_a_skip(
    nested: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GBCS_RTDS", str(nested.path / "nowhere"))
    nested.makepyfile(A_SKIP_IN_EVERY_PLACE)
    result = nested.runpytest("-k", "test_reference_set")
    result.assert_outcomes(failed=1)


def test_a_run_of_no_tests_is_no_success(nested: pytest.Pytester) -> None:
    nested.makepyfile("def test_it(): ...")
    assert nested.runpytest("-k", "no-such-name").ret == pytest.ExitCode.NO_TESTS_COLLECTED
