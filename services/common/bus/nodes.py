"""The nodes of a cluster: an AMQP address may name several, and a connection goes to one that answers.

``amqp://user:secret@one/;amqp://user:secret@two/``, the form that kombu has for the same.
"""

import random

SEPARATOR = ";"


def nodes(uri: str) -> list[str]:
    """Each node's own address, in random order, so that many processes spread over them."""
    found = [one.strip() for one in uri.split(SEPARATOR)]
    return random.sample(found, len(found))
