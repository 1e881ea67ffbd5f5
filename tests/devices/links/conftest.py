"""Brokers for the tests of the MQTT link."""

from tests.contract.broker_fixtures import broker, mosquitto

__all__ = ["broker", "mosquitto"]
