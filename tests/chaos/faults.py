"""Hands on the broker and the database from outside."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pika
import psycopg2

from deploy.local.postgres import plain
from services.common.bus.nodes import nodes
from services.common.bus.topology import dead_name
from tests.chaos.ground import CAST_QUEUE, Ground

CONTROL_SECONDS = 60


@contextmanager
def channel(ground: Ground) -> Iterator[pika.adapters.blocking_connection.BlockingChannel]:
    """An AMQP channel of our own."""
    connection = pika.BlockingConnection([pika.URLParameters(node) for node in nodes(ground.stack.amqp_uri)])
    try:
        yield connection.channel()
    finally:
        if connection.is_open:
            connection.close()


def publish_raw(ground: Ground, *bodies: bytes) -> None:
    """Straight into the intake queue, past every gateway, confirmed."""
    with channel(ground) as ours:
        ours.confirm_delivery()
        for body in bodies:
            ours.basic_publish("", CAST_QUEUE, body, pika.BasicProperties(delivery_mode=2), mandatory=True)


def purge_dead_letters(ground: Ground) -> None:
    """What an operator's discarding comes to, for the scenario's own poison."""
    with channel(ground) as ours:
        ours.queue_purge(dead_name(CAST_QUEUE))


def delete_intake_queue(ground: Ground) -> None:
    with channel(ground) as ours:
        ours.queue_delete(CAST_QUEUE)


def rabbitmqctl(ground: Ground, *arguments: str) -> None:
    """With the private node's own environment."""
    environ = dict(ground.process("rabbitmq").command.environ)
    script = ground.process("rabbitmq").command.argv[0].replace("rabbitmq-server", "rabbitmqctl")
    subprocess.run(
        [script, *arguments],
        env={**environ, "PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
        timeout=CONTROL_SECONDS,
    )


@contextmanager
def locked_table(ground: Ground, service: str, table: str) -> Iterator[None]:
    """Nobody else reads or writes it in the block."""
    connection = psycopg2.connect(plain(ground.stack.database_url(service)))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 30000")
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        connection.rollback()
        connection.close()
