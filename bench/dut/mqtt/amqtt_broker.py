"""amqtt's broker with one fault mended. Imported late: amqtt is an extra, and slow to load."""

import asyncio

from amqtt.broker import Broker
from amqtt.session import Session


class QueueingBroker(Broker):  # type: ignore[misc]  # amqtt has no types
    """Delivers what waited for a session without the retain flag.

    The flag says that a message is older than the subscription (MQTT 3.1.1, 3.3.1.3). amqtt sets
    it on every message that a session's client was away for, so that a hub could not tell a
    command that waited for it from one that was left at the broker for all comers.
    """

    async def _publish_session_retained_messages(self, session: Session) -> None:
        handler = self._get_handler(session)
        if handler is None:
            return
        publishing = []
        while not session.retained_messages.empty():
            queued = await session.retained_messages.get()
            publishing.append(handler.mqtt_publish(queued.topic, queued.data, queued.qos, False))
        await asyncio.gather(*publishing, return_exceptions=True)
