"""What is measured, and how: `make bench` (see README.md)."""
