"""Sigap: the open-source city-safety command centre."""

__version__ = "0.1.0"
