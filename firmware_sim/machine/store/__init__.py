"""The durable state of a device: what other code needs of it."""

from firmware_sim.machine.store.errors import InsufficientSpace, StoreError
from firmware_sim.machine.store.store import Store, Transaction, open_image

__all__ = ["InsufficientSpace", "Store", "StoreError", "Transaction", "open_image"]
