"""Alembic's environment: that of every service."""

from services.common.migrations_env import run

run()
