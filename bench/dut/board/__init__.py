"""What a drill is run against: devices in this process, or the same devices over MQTT."""
