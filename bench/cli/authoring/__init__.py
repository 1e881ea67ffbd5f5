"""The verbs of ``firmware-sim drill`` for those who write stories; none of them runs one."""
