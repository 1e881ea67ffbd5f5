"""The command line ``firmware-sim``: one file a group of verbs."""
