"""Devices behind a hub that speaks the industry's text line."""
