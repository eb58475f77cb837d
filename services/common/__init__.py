"""Mechanism that every service shares: errors, settings, database, bus, telemetry, cryptography.

Nothing in this package knows what the services are for.
"""
