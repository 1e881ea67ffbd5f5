"""Firmware simulator for GB smart metering: gbcs, machine, devices, hw and bench below one root."""
