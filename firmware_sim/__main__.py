"""``python -m firmware_sim``: the command line, where no script ``firmware-sim`` is on the path."""

from firmware_sim.bench.cli.main import main

main()
