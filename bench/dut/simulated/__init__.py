"""The device of this project in this process: made, provisioned, powered."""
