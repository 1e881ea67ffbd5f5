"""The words ``--target gateway``: ``gateway[:mqtt://HOST][?devices=native]``."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final
from urllib.parse import parse_qsl

from firmware_sim.bench.dut.default_policy import check_default_policy
from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.dut.devices_target import ClockedDevice
from firmware_sim.bench.dut.mqtt.broker_access import mqtt_options
from firmware_sim.bench.dut.mqtt.mosquitto import own_mosquitto
from firmware_sim.bench.dut.mqtt.target import MqttTarget, simulated
from firmware_sim.bench.dut.native.device import native_like
from firmware_sim.bench.dut.native.engine import engine_running
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.files.extras import how_to_get
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType

GATEWAY: Final = "gateway"


@dataclass(frozen=True, slots=True)
class BehindGateway:
    """Devices that share one connection to a broker of MQTT 5.

    Attributes:
        options: how to reach the broker; None for a Mosquitto of our own.
        is_native: the devices run in the native engine.
    """

    options: MqttOptions | None
    is_native: bool
    is_one_device = False
    cuts_power = True

    @classmethod
    def read(cls, target: str) -> "BehindGateway | None":
        """What the words name.

        Raises:
            UsageError: they begin with ``gateway``, and go on wrongly.
            BenchError: the extra `gateway` is not installed.
        """
        words, _, query = target.partition("?")
        kind, colon, url = words.partition(":")
        if kind != GATEWAY:
            return None
        options = dict(parse_qsl(query, keep_blank_values=True))
        devices = options.pop("devices", "simulated")
        if options or devices not in ("simulated", "native") or (query and "=" not in query):
            raise UsageError(f"{query!r} is no option of {GATEWAY}", "it has devices=native")
        if find_spec("mqtt5") is None:
            mend = f"{how_to_get('gateway')}, or use --target mqtt"
            raise BenchError("a gateway needs the package mqtt5", mend)
        return cls(mqtt_options(url) if colon else None, devices == "native")

    def check_policy(self, policy: Policy) -> None:
        if self.is_native:
            check_default_policy(policy)

    def device_types(self) -> frozenset[DeviceType] | None:
        return None

    def device(self) -> AbstractContextManager[DeviceUnderTest]:
        raise UsageError(
            "no device behind a gateway can be provisioned",
            "use memory, native, board:NAME or serial:URL",
        )

    @asynccontextmanager
    async def devices(self, premises: Iterable[Premises]) -> AsyncIterator[MqttTarget]:
        from firmware_sim.bench.dut.mqtt.gateway import gateway_target  # noqa: PLC0415 - an extra

        async with AsyncExitStack() as stack:
            options, opened = self.options, simulated
            if options is None:
                options = (await stack.enter_async_context(own_mosquitto())).options
            if self.is_native:
                engine = stack.enter_context(engine_running())

                def opened(device: Device) -> ClockedDevice:
                    return ClockedDevice(native_like(device, engine), device.clock)

            yield await stack.enter_async_context(gateway_target(premises, options, opened))
