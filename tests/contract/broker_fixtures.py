"""The fixture `broker`: each test that asks for it runs on amqtt and on Mosquitto."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.contract.brokers import AmqttBroker, Broker, MosquittoBroker
from tests.requirements import require_tool


def make_broker(kind: str, folder: Path) -> Broker:
    if kind == "amqtt":
        return AmqttBroker()
    return MosquittoBroker(require_tool("mosquitto"), folder)


@pytest_asyncio.fixture(params=["amqtt", "mosquitto"])
async def broker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Broker]:
    made = make_broker(request.param, tmp_path)
    await made.start()
    yield made
    await made.die()


@pytest_asyncio.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[Broker]:
    made = make_broker("mosquitto", tmp_path)
    await made.start()
    yield made
    await made.die()
