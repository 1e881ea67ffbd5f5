"""Who may ask the page's server for what, and what a reader that comes back is told."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sse_starlette import ServerSentEvent
from starlette.testclient import TestClient

from firmware_sim.bench.cli.live_page import decoded
from firmware_sim.bench.cli.main import run
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.wishes import wish_of
from firmware_sim.bench.live.server import Watched, live_app, stream
from tests.bench.evidence.rehearsal import rehearse
from tests.bench.live.played import fed

TOKEN = "t0ken-of-this-server"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("live") / "run"
    rehearse(folder, premises=1)
    return folder


def client_of(folder: Path, *, is_open: bool = True) -> TestClient:
    watched = Watched(fed(folder), decoded, TOKEN)
    app = live_app(watched, name="drills.example", is_open=is_open)
    return TestClient(app, base_url="http://127.0.0.1:8650", follow_redirects=False)


@pytest.fixture
def client(played: Path) -> Iterator[TestClient]:
    with client_of(played) as client:
        yield client


def test_the_page_may_load_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for file in ("live.js", "live.css"):
        text = client.get(f"/static/{file}").text
        assert "https://" not in page.text + text
        assert "innerHTML" not in text
    assert client.get("/static/..%2Fserver.py").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "a@b"])
def test_a_name_that_is_not_ours_is_not_answered(host: str, client: TestClient) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert TOKEN not in answer.text


@pytest.mark.parametrize("host", ["localhost:8650", "[::1]:8650", "drills.example", "10.0.0.7:1"])
def test_our_addresses_and_our_name_are_answered(host: str, client: TestClient) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/events", "/message/1", "/static/live.js"])
def test_over_a_network_nothing_is_told_without_the_token(path: str, played: Path) -> None:
    with client_of(played, is_open=False) as client:
        assert client.get(path).status_code == 403
        assert client.get(path, headers={"cookie": "firmware-sim-live=other"}).status_code == 403
        assert client.get("/?token=wrong").status_code == 403


def test_the_token_goes_from_the_address_into_a_cookie(played: Path) -> None:
    with client_of(played, is_open=False) as client:
        answer = client.get(f"/?token={TOKEN}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "httponly" in answer.headers["set-cookie"].lower()
        assert "samesite=strict" in answer.headers["set-cookie"].lower()
        assert client.get("/").status_code == 200


def test_a_wish_needs_the_token_and_our_origin(played: Path) -> None:
    ours, header = "http://127.0.0.1:8650", "x-live-token"
    with Hold(played), client_of(played) as client:
        refused = [
            client.post("/wish", content="stop"),
            client.post("/wish", content="stop", headers={header: "wrong"}),
            client.post(
                "/wish", content="stop", headers={header: TOKEN, "origin": "http://evil.example"}
            ),
        ]
        assert [each.status_code for each in refused] == [403, 403, 403]
        assert wish_of(played) is None
        right = {header: TOKEN, "origin": ours}
        # This run is over, and nobody can stop it any more.
        assert client.post("/wish", content="stop", headers=right).status_code == 409
        assert client.post("/wish", content="fly", headers=right).status_code == 400
        assert client.post("/wish", content="x" * 100, headers=right).status_code == 413


def test_a_message_is_decoded_and_what_is_none_is_not_found(
    played: Path, client: TestClient
) -> None:
    message = read_record(played).messages[0]
    text = client.get(f"/message/{message.id}").text
    assert message.use_case.split()[0] in text
    assert client.get("/message/999999").status_code == 404


async def events(folder: Path, last: str = "") -> list[ServerSentEvent]:
    feed = fed(folder)
    feed.close()
    return [event async for event in stream(feed, last)]


def updates(found: list[ServerSentEvent]) -> list[ServerSentEvent]:
    return [event for event in found if event.event == "update"]


def test_a_reader_that_comes_back_misses_nothing_and_gets_nothing_twice(played: Path) -> None:
    (whole,) = updates(asyncio.run(events(played)))
    again = updates(asyncio.run(events(played, str(whole.id))))
    assert again == []
    name, _, place = str(whole.id).rpartition("#")
    (rest,) = updates(asyncio.run(events(played, f"{name}#{int(place) - 1}")))
    assert 0 < len(json.loads(rest.data or "")) < len(json.loads(whole.data or ""))


@pytest.mark.parametrize("last", ["another run#5", "no id", "#", "9" * 40])
def test_a_reader_of_another_run_is_told_all(last: str, played: Path) -> None:
    (whole,) = updates(asyncio.run(events(played)))
    (told,) = updates(asyncio.run(events(played, last)))
    assert told.data == whole.data


def test_a_port_in_use_is_told_in_one_line(
    played: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run(["live", str(played), "--port", port]) == 3
        words = ["drill", "run", "gpf-handover", "--live", port, "--out", str(tmp_path / "run")]
        assert run(words) == 3
        assert run(["drill", "resume", str(played), "--live", port]) == 3
        assert run(["fleet", "run", "gpf-handover", "--devices", "12", *words[3:]]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert len([line for line in lines if "cannot listen" in line]) == 4
    assert not (tmp_path / "run").exists()


def test_without_the_extra_one_line_says_what_to_install(
    played: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("firmware_sim.bench.cli.live_page._NEEDED", ("no_such_package",))
    assert run(["live", str(played)]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install" in line
    assert "starlette" in line


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    assert run(["live", str(tmp_path)]) == 4
