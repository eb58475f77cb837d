"""Checking one receipt: whether it is genuine and its promise was kept."""
