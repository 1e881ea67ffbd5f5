"""A board that answers nothing, or is gone: the run of pytest ends at that test, and is red.

No mark hides it. Where a test was to fail, it has not failed for the reason that it was to: the
report becomes a failure, and the end of the test an error, in the JUnit document as on the screen.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

import pytest

from firmware_sim.bench.pytest_options import chosen
from firmware_sim.bench.pytest_workers import tell_of_the_end

if TYPE_CHECKING:
    from firmware_sim.devices.links.board import Board

_GONE = pytest.StashKey[str]()
_IS_TOLD = pytest.StashKey[bool]()
"""Of a test: an error of its setup has said it."""


def check_not_gone(session: pytest.Session) -> None:
    """Ask a board that was silent once no second time: each time takes many seconds."""
    if (why := session.config.stash.get(_GONE, "")) != "":
        missing(session, why)


def missing(session: pytest.Session, why: str) -> NoReturn:
    """No board is never green: the test is skipped or, if a board is required, the run ends."""
    _note(session, why)
    if chosen(session.config).require_board:
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


def note_if_gone(session: pytest.Session, error: BaseException) -> bool:
    """Whether an error, or what led to it, says that the board answers nothing.

    Then it is asked for no other test. With ``--require-board`` the run ends behind this one.
    """
    from firmware_sim.devices.links.board_errors import SilentBoardError

    for each in _with_causes(error):
        if isinstance(each, SilentBoardError):
            _note(session, str(each))
            return True
    return False


def check_it_lives(session: pytest.Session, board: "Board") -> None:
    """Behind a test that did not pass: its board may have died of it, whatever the test says."""
    from firmware_sim.devices.links.board_errors import SilentBoardError
    from firmware_sim.devices.links.link import LinkError

    if not chosen(session.config).require_board or _GONE in session.config.stash:
        return
    try:
        board.hello()
    except SilentBoardError as error:
        missing(session, str(error))
    except LinkError:
        return  # it says something


def uncover(item: pytest.Item, report: pytest.TestReport) -> None:
    """Make the reports of the test at which the run ends red, from the moment on that it was seen.

    Its last report is an error, unless an error at its setup has said so.
    """
    why = item.config.stash.get(_GONE, "")
    if not why or not chosen(item.config).require_board:
        return
    if report.passed and (report.when != "teardown" or item.stash.get(_IS_TOLD, False)):
        return
    if not report.failed:  # passed so far; or a mark, or the test itself, would have hidden it
        report.longrepr = why
    report.outcome = "failed"
    vars(report).pop("wasxfail", None)
    item.stash[_IS_TOLD] = report.when == "setup"


def _note(session: pytest.Session, why: str) -> None:
    session.config.stash[_GONE] = why
    if chosen(session.config).require_board:
        session.shouldfail = why
        tell_of_the_end(session.config)


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what it was raised from or while handling, and the members of a group."""
    seen, left = set[int](), [error]
    while left:
        each = left.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        left += [one for one in (each.__cause__, each.__context__) if one is not None]
        if isinstance(each, BaseExceptionGroup):
            left += each.exceptions
