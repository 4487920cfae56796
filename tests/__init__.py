"""Tests that cross packages, and the cast that all tests share."""
