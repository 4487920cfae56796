"""Tests that cross packages: architecture, acceptance, faults; and the cast that all tests share."""
