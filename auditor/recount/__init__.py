"""Recounting a poll from its public record, and saying what that proves."""
