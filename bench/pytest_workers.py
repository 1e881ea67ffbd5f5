"""One board and several workers of pytest-xdist: they take turns, and the document is one.

An emulated board is started by each worker for itself. The board at the end of a line is one: a
worker holds it for one test, and the others wait. pytest writes its JUnit document in the process
that started the workers, so what they found out about the board has to go there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

import pytest
from filelock import FileLock

_PROPERTIES: Final = "firmware_sim_properties"
_ENDED: Final = "firmware_sim_ended"


def workers(config: pytest.Config) -> int:
    """How many workers were asked for; 0 without pytest-xdist."""
    asked = getattr(config.option, "tx", None)
    return len(asked) if isinstance(asked, list) else 0


@contextmanager
def turn_at_the_line(config: pytest.Config, temporary: Path) -> Iterator[None]:
    """Hold the line alone among the workers of this run; without workers there is no one to ask.

    Args:
        temporary: the base of this process's temporary folders; that of a worker stands in the
            one of the run.
    """
    if not hasattr(config, "workerinput"):
        yield
        return
    with FileLock(temporary.parent / "firmware-sim-line.lock"):
        yield


def record_for_the_run(config: pytest.Config, properties: dict[str, object]) -> None:
    """Put properties of the run into the JUnit document, from a worker or from the only process."""
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[_PROPERTIES] = {name: str(value) for name, value in properties.items()}
        return
    for plugin in config.pluginmanager.get_plugins():
        # pytest's own; its class is private, its method is what `record_testsuite_property` calls.
        if (add := getattr(plugin, "add_global_property", None)) is not None:
            for name, value in properties.items():
                add(name, str(value))


def tell_of_the_end(config: pytest.Config) -> None:
    """Let the process that started this worker know that the run ends because of the board."""
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[_ENDED] = True


class WorkerProperties:
    """Takes what the workers tell as each ends (a hook of pytest-xdist)."""

    def __init__(self) -> None:
        self._is_ended = False

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Record what a worker found, once: all of them run on boards of one kind."""
        output = getattr(node, "workeroutput", {})
        self._is_ended |= output.get(_ENDED, False)
        found = cast("dict[str, object]", output.get(_PROPERTIES, {}))
        if found and not hasattr(self, "_recorded"):
            self._recorded = True
            record_for_the_run(node.config, found)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Pytest-xdist calls it an interruption that a worker ends the run; tests have failed."""
        if self._is_ended and session.exitstatus == pytest.ExitCode.INTERRUPTED:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
