"""Polls as such: what they are, what may happen to them, who may see and change them. Standard library only."""
