"""The plugin's options: beside plugins with the same names, and with a port that is a path."""

import importlib.util

import pytest

SHOWN = """
def test_shown(pytestconfig):
    from firmware_sim.bench.pytest_options import chosen
    print("\\nCHOSEN", *chosen(pytestconfig))
    print("INI", pytestconfig.getini("drill_seed"))
"""

# The names as pytest-embedded 2.9 registers them.
STAND_IN = """
def pytest_addoption(parser):
    group = parser.getgroup("embedded-serial")
    group.addoption("--port", help="serial port")
    group.addoption("--baud", help="serial port communication baud rate")
    parser.getgroup("embedded-esp").addoption("--target", help="serial target chip type")
"""
OURS = ("--firmware-sim-target", "memory", "--firmware-sim-baud", "9600")


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """One test that shows what the plugin's options are."""
    pytester.makepyfile(SHOWN)
    return pytester.runpytest_subprocess("-s", *options)


@pytest.mark.parametrize("loaded_first", [True, False])
def test_options_stand_beside_a_plugin_with_the_same_names(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, loaded_first: bool
) -> None:
    pytester.makepyfile(stand_in=STAND_IN)
    if loaded_first:
        options: tuple[str, ...] = ("-p", "stand_in")
    else:  # pytest loads these behind the plugins of installed packages
        monkeypatch.setenv("PYTEST_PLUGINS", "stand_in")
        options = ()
    result = run(pytester, *options, *OURS, "--target=esp32", "--port=COM3")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["firmware-sim: another plugin has --target, --port, --baud*", "CHOSEN memory None 9600 *"]
    )


def test_options_stand_beside_a_conftest_with_the_same_names(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(STAND_IN)
    result = run(pytester, *OURS, "--target=esp32")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["CHOSEN memory None 9600 False"])


def test_options_stand_beside_pytest_embedded_itself(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("pytest_embedded") is None:
        pytest.skip("needs pytest-embedded (pip install 'firmware-sim[test]')")
    monkeypatch.delenv("PYTEST_ADDOPTS")
    result = run(pytester, *OURS, "--target=esp32", "--port=COM3", "--baud=1")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["CHOSEN memory None 9600 False"])


def test_short_names_mean_ours_where_they_are_free(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--target", "memory", "--baud", "9600")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["CHOSEN memory None 9600 False"])


def test_a_value_behind_a_space_hides_no_conftest_of_the_test_folders(
    pytester: pytest.Pytester,
) -> None:
    folder = pytester.mkdir("checks")
    text = "def pytest_addoption(parser): parser.addoption('--of-the-project')\n"
    (folder / "conftest.py").write_text(text)
    (folder / "test_it.py").write_text(SHOWN)
    pytester.makeini("[pytest]\ntestpaths = checks\n")
    result = pytester.runpytest_subprocess("--target", "memory", "--of-the-project=1")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("name", ["--port", "--firmware-sim-port"])
@pytest.mark.parametrize("joined", [True, False], ids=["with =", "with a space"])
def test_a_port_that_is_a_path_leaves_the_project_as_root(
    pytester: pytest.Pytester, name: str, joined: bool
) -> None:
    pytester.makeini("[pytest]\ndrill_seed = 7\n")
    options = (f"{name}=/dev/ptmx",) if joined else (name, "/dev/ptmx")
    result = run(pytester, *options)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [f"rootdir: {pytester.path}", "CHOSEN None /dev/ptmx 115200 False", "INI 7"]
    )


def test_a_port_behind_a_space_in_the_environment_is_a_usage_error(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:pytest_embedded --port /dev/ptmx")
    result = run(pytester)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*write --port=/dev/*"])


LEAVES_LOGS = """
from firmware_sim.bench.pytest_kept import home

def test_home(pytestconfig):
    print("\\nHOME", home(pytestconfig))
"""


def test_logs_are_kept_where_the_project_is_whatever_root_pytest_takes(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(LEAVES_LOGS)
    result = pytester.runpytest_subprocess("-s", "--rootdir=/dev")
    result.stdout.fnmatch_lines([f"HOME {pytester.path}"])
