"""The operator's console: everything an organisation does with its polls."""
