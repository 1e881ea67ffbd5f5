"""Topics, presence and broker URLs: what is read and what is refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.devices.links.link import Channel, LinkError
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.presence import MAX_PRESENCE_OCTETS, Presence
from firmware_sim.devices.links.topics import hub_filters, parse_topic, party_filters, topic
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId

_A = EntityId.parse("90b3d51f30000002")
_B = EntityId.parse("90b3d51f30010004")


def test_topics_are_spelt_as_documented() -> None:
    assert topic(_A, Channel.COMMAND) == "gbcs/v1/90b3d51f30000002/command"
    assert hub_filters([_A, _B]) == [
        "gbcs/v1/90b3d51f30000002/command",
        "gbcs/v1/90b3d51f30010004/command",
    ]
    assert party_filters(None) == [
        "gbcs/v1/+/response",
        "gbcs/v1/+/alert",
        "gbcs/v1/+/status",
    ]
    assert party_filters([_A]) == [
        "gbcs/v1/90b3d51f30000002/response",
        "gbcs/v1/90b3d51f30000002/alert",
        "gbcs/v1/+/status",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "gbcs/v1",
        "gbcs/v1/90b3d51f30000002",
        "gbcs/v1/90b3d51f30000002/",
        "gbcs/v1/90b3d51f30000002/Command",
        "gbcs/v1/90b3d51f30000002/command/x",
        "gbcs/v1/90B3D51F30000002/command",
        "gbcs/v1/90b3d51f3000000/command",
        "gbcs/v1/90-b3-d5-1f-30-00-00-02/command",
        "gbcs/v2/90b3d51f30000002/command",
        "x/gbcs/v1/90b3d51f30000002/command",
        "/v1/90b3d51f30000002/command",
    ],
)
def test_topics_of_another_form_are_not_read(name: str) -> None:
    with pytest.raises(RemoteError):
        parse_topic(name)


@given(st.binary(min_size=8, max_size=8), st.sampled_from(Channel))
@settings(max_examples=50)
def test_a_topic_reads_back(octets: bytes, channel: Channel) -> None:
    entity = EntityId(octets)
    assert parse_topic(topic(entity, channel)) == (entity, channel)


def test_presence_status_is_json() -> None:
    assert json.loads(Presence(True, (_A, _B)).octets()) == {
        "online": True,
        "devices": ["90b3d51f30000002", "90b3d51f30010004"],
    }
    assert Presence.parse(b'{"devices": [], "online": false}') == Presence(False, ())
    assert Presence.parse(b"") == Presence(False, ())


@pytest.mark.parametrize(
    "octets",
    [
        b"online",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"online": 1, "devices": []}',
        b'{"online": true, "devices": {}}',
        b'{"online": true, "devices": [1]}',
        b'{"online": true, "devices": ["90b3"]}',
        b"[" * 60_000,
        bytes(MAX_PRESENCE_OCTETS + 1),
    ],
    ids=lambda octets: repr(octets[:24]),
)
def test_presence_status_of_another_form_is_refused(octets: bytes) -> None:
    with pytest.raises(RemoteError):
        Presence.parse(octets)


@pytest.mark.parametrize(
    ("url", "host", "port", "name", "tls"),
    [
        ("mqtt://localhost", "localhost", 1883, None, False),
        ("mqtt://localhost/", "localhost", 1883, None, False),
        ("mqtt://me@10.0.0.1:1884", "10.0.0.1", 1884, "me", False),
        ("mqtts://a%40b@broker.example", "broker.example", 8883, "a@b", True),
        ("mqtt://[::1]:1883", "::1", 1883, None, False),
    ],
)
def test_broker_url_is_read_into_its_options(
    url: str, host: str, port: int, name: str | None, tls: bool
) -> None:
    assert MqttOptions.parse(url) == MqttOptions(host, port, username=name, tls=tls)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        "http://localhost",
        "mqtt://",
        "mqtt:localhost",
        "mqtt://localhost:port",
        "mqtt://localhost:99999",
        "mqtt://[::1",
        "mqtt://localhost/topic",
        "mqtt://localhost?x=1",
        "mqtt://me:secret@localhost",
    ],
)
def test_broker_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(LinkError) as caught:
        MqttOptions.parse(url)
    assert "secret" not in str(caught.value)


def test_a_password_is_shown_nowhere() -> None:
    options = MqttOptions("localhost", username="me", password="secret")
    assert "secret" not in repr(options)
    assert str(options) == "mqtt://localhost:1883"
