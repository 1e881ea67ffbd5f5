"""How a session makes the connections of a gateway."""

from firmware_sim.devices.links.gateway.carrier import Carrier
from firmware_sim.devices.links.gateway.connection import GatewayConnection
from firmware_sim.devices.links.mqtt_connection import ClientIdentity, Opener
from firmware_sim.devices.links.mqtt_options import MqttOptions


def opener(carrier: Carrier) -> Opener:
    """Connections that share a carrier."""

    async def open_connection(
        options: MqttOptions, identity: ClientIdentity, *, clean: bool = False
    ) -> GatewayConnection:
        return await GatewayConnection.open(options, identity, carrier, clean=clean)

    return open_connection
