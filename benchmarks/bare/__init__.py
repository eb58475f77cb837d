"""The limit: one process that does nothing for a ballot but insert it."""
