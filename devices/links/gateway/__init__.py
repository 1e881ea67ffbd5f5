"""Thousands of devices behind one connection to an MQTT 5 broker (docs/mqtt.md)."""
