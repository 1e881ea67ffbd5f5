"""The devices of a drill behind one gateway: MQTT 5 and a single connection for all of them.

Imported late: the codec is an extra.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from firmware_sim.bench.dut.devices_target import ClockedDevice, devices_of
from firmware_sim.bench.dut.mqtt.target import LISTED_DEVICES, MqttTarget, serving
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.gateway.hub import GatewayDeviceLink
from firmware_sim.devices.links.gateway.party import GatewayPartyLink
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.premises import Premises


@asynccontextmanager
async def gateway_target(
    premises: Iterable[Premises], options: MqttOptions, opened: Callable[[Device], ClockedDevice]
) -> AsyncIterator[MqttTarget]:
    """Connect the parties and the gateway, and let the devices answer for as long as it lasts.

    Args:
        opened: gives the device under test that stands for a simulated one, powered on.

    Raises:
        BenchError: no broker of MQTT 5 answers there, or there are too many devices.
    """
    homes = tuple(premises)
    devices = {entity: opened(device) for entity, device in devices_of(homes).items()}
    async with AsyncExitStack() as stack:
        try:
            listened_to = devices if len(devices) <= LISTED_DEVICES else None
            party = await stack.enter_async_context(GatewayPartyLink(options, listened_to))
            gateway = await stack.enter_async_context(
                GatewayDeviceLink(homes[0].hub, devices, options, lasting=False)
            )
        except LinkError as error:
            raise BenchError(str(error), "start one, or use --target gateway") from error
        target = MqttTarget(party, devices)
        yield await stack.enter_async_context(serving(target, [(gateway, devices)]))
