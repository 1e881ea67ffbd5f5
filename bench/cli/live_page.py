"""``firmware-sim live RUN``, and ``--live`` of others: a run in a browser while it goes."""

from contextlib import ExitStack
from importlib import import_module, util
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

import typer
from rich.console import Console

from firmware_sim.bench.cli.message.reading import read_for_people
from firmware_sim.bench.cli.message.view import show_fields, shown_fields
from firmware_sim.bench.cli.output import stderr, styled
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence.ledger_checks import is_older
from firmware_sim.bench.evidence.opening import check_is_run, is_unbegun
from firmware_sim.bench.evidence.redact import Redactor
from firmware_sim.bench.files.extras import how_to_get

if TYPE_CHECKING:
    from firmware_sim.bench.live.serving import Place

app = typer.Typer()

_NEEDED: Final = ("starlette", "uvicorn", "sse_starlette")
_PORT: Final = 8650
LIVE_HOST: Final = "127.0.0.1"
_WIDTH: Final = 96

_EPILOG: Final = (
    "Example: firmware-sim live runs/today. Ctrl-C ends the page, never the run. Exit codes: "
    "2 ended; 3 the port is taken, or the extra [live] is missing; 4 no run there."
)

LivePort = Annotated[
    int | None,
    typer.Option(
        "--live", metavar="PORT", min=0, max=65535,
        help="Show the run in a browser while it goes; 0 takes a free port.",
    ),
]  # fmt: skip
LiveHost = Annotated[
    str, typer.Option("--live-host", help="Address for --live; others than loopback get a token.")
]


@app.command(epilog=_EPILOG)
def live(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = _PORT,
    host: Annotated[
        str, typer.Option(help="Address; others than loopback get a token.")
    ] = LIVE_HOST,
) -> None:
    """Show a run in a browser, while it goes or when it is over."""
    check_is_run(folder)
    if is_unbegun(folder):
        raise UsageError(f"{folder} holds no run yet", "wait for its first row")
    if is_older(folder):
        problem = f"{folder} was left by an older version: its ledger is only read"
        raise UsageError(problem, "drill report makes its page")
    serving = live_room("serving")
    feed = live_room("feed").Feed(folder)
    feed.refresh()  # a ledger that is no valid one is refused before there is a page
    place = serving.take_place(host, port)
    _tell(place)
    serving.serve(feed, decoded, place)


class LivePage:
    """The page of a run that is about to begin; its port is taken before there is a run.

    As a context it ends with the page; `show` begins it.

    Raises:
        BenchError: the port is taken, or the packages are missing.
    """

    def __init__(self, port: int | None, host: str = LIVE_HOST) -> None:
        self._place = None if port is None else live_room("serving").take_place(host, port)
        self._stack = ExitStack()

    def show(self, folder: Path) -> None:
        """Serve the run in a folder from now on; nothing without a port."""
        if self._place is not None:
            feed = live_room("feed").Feed(folder)
            self._stack.enter_context(live_room("serving").served(feed, decoded, self._place))
            _tell(self._place)

    def show_apart(self, folder: Path) -> None:
        """As `show`, from a process of its own, before the run has its first row."""
        if self._place is not None:
            apart = live_room("serving").served_apart(folder, decoded, self._place)
            self._stack.enter_context(apart)
            _tell(self._place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        if self._place is not None:
            self._place.listening.close()


def decoded(octets: bytes) -> str:
    """What a message says, as a tree of its fields; secrets in it are blanked."""
    reading = read_for_people(Redactor().octets(octets).octets, tolerant=True)
    out = StringIO()
    console = Console(file=out, width=_WIDTH, markup=False, emoji=False, color_system=None)
    if reading.fields is not None:
        show_fields(console, reading.headline, shown_fields(reading))
    if reading.problem is not None:
        out.write(f"malformed: {reading.problem}\n")
    return out.getvalue()


def live_room(module: str) -> Any:
    """A module of the room, loaded when it is asked for: its packages are an extra.

    Raises:
        BenchError: they are not installed.
    """
    if missing := [name for name in _NEEDED if util.find_spec(name) is None]:
        problem = f"the live page needs {missing[0]}, of the extra firmware-sim[live]"
        raise BenchError(problem, how_to_get("live"))
    return import_module(f"firmware_sim.bench.live.{module}")


def _tell(place: "Place") -> None:
    line = styled("[dim]Live[/] {url}", url=place.url)
    stderr.print(line, highlight=False, soft_wrap=True)
