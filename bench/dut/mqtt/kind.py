"""The words ``--target mqtt`` and ``--target mqtt://HOST``."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass

from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.dut.mqtt.broker import check_broker_is_installed, embedded_broker
from firmware_sim.bench.dut.mqtt.broker_access import mqtt_options
from firmware_sim.bench.dut.mqtt.target import MqttTarget, mqtt_target
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType

EMBEDDED = "mqtt"


@dataclass(frozen=True, slots=True)
class BehindBroker:
    """Devices behind a broker, simulated ones and those that others serve there.

    Attributes:
        options: how to reach the broker; None for one of our own.
    """

    options: MqttOptions | None
    is_one_device = False
    cuts_power = True

    @classmethod
    def read_embedded(cls, target: str) -> "BehindBroker | None":
        """What ``mqtt`` names.

        Raises:
            BenchError: the extra `broker` is not installed.
        """
        if target != EMBEDDED:
            return None
        check_broker_is_installed()
        return cls(None)

    @classmethod
    def read_url(cls, target: str) -> "BehindBroker | None":
        """What the URL of a broker names.

        Raises:
            UsageError: it is the URL of anything else.
        """
        scheme, slashes, _ = target.partition("://")
        # serial:socket://HOST is a serial line.
        return cls(mqtt_options(target)) if slashes and ":" not in scheme else None

    def check_policy(self, policy: Policy) -> None:
        """Any will do."""

    def device_types(self) -> frozenset[DeviceType] | None:
        return None

    def device(self) -> AbstractContextManager[DeviceUnderTest]:
        raise UsageError(
            "no device behind a broker can be provisioned",
            "use memory, native, board:NAME or serial:URL",
        )

    def devices(self, premises: Iterable[Premises]) -> AbstractAsyncContextManager[MqttTarget]:
        if self.options is None:
            return _on_embedded_broker(premises)
        return mqtt_target(premises, self.options, welcomes_guests=True)


@asynccontextmanager
async def _on_embedded_broker(premises: Iterable[Premises]) -> AsyncIterator[MqttTarget]:
    # amqtt drops a connection that subscribes while another one does.
    async with (
        embedded_broker() as embedded,
        mqtt_target(premises, embedded, at_once=1) as connected,
    ):
        yield connected
