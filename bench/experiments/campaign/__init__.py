"""One way to run many trials: processes, resumption, smaller failures, replay tokens, JUnit."""
