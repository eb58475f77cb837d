"""Everything that polls asks of its database. The only place with queries."""

from services.polls.storage.store import PollsReader, PollsStore, PollsWriter

__all__ = ["PollsReader", "PollsStore", "PollsWriter"]
