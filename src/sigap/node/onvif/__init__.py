"""Cameras that speak ONVIF: found, asked, steered. And any stream, looked at once."""
