"""The tables of the documentation, generated from the tables that the code runs on."""
