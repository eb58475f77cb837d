"""Calls, batches and events over RabbitMQ.

Sending: ``client`` (any process that may block), ``aio`` (asyncio), ``relay`` (the outbox).
Answering: ``server`` (nameko entrypoints).  ``topology`` names every exchange and queue.
"""
