"""A Mosquitto for many devices: it saves nothing, for saving takes longer the more it holds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.contract.brokers import Broker, MosquittoBroker
from tests.requirements import require_tool


@pytest_asyncio.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[Broker]:
    made = MosquittoBroker(require_tool("mosquitto"), tmp_path, saved_after=None)
    await made.start()
    yield made
    await made.die()
