"""A reference set of our own, as the conformance run's tests make it."""

from tests.bench.experiments.conformance.conftest import own_set as own_set
