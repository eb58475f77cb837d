"""The load client never takes silence, half an answer or a late answer for something else."""

import asyncio

import pytest

from tests.chaos.http import Connection, NoAnswer

GOOD = b'HTTP/1.1 201 Created\r\nContent-Length: 11\r\nRetry-After: 3\r\n\r\n{"ok":true}'


def post(*answers, times=1, seconds=1.0):
    """What `times` posts get from a server that answers each connection's requests with these bytes in turn."""
    left, done = list(answers), asyncio.Event()

    async def serve(reader, writer):
        while left:
            await reader.readuntil(b"\r\n\r\n")
            answer = left.pop(0)
            if answer is None:
                break
            writer.write(answer)
        else:
            await reader.read()  # until the client has gone
        writer.close()
        done.set()

    async def run():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connection = Connection(f"http://127.0.0.1:{port}")
        try:
            return [await connection.post("/", "token", b"", seconds) for _ in range(times)]
        finally:
            connection.close()
            await done.wait()
            server.close()

    return asyncio.run(run())


def test_answers_on_one_connection():
    first, second = post(GOOD, GOOD, times=2)
    assert (first.status, first.body, first.retry_after) == (201, {"ok": True}, 3.0)
    assert second == first


@pytest.mark.parametrize("answer", [None, b"", b"HTTP/1.1 201 Crea", GOOD[:-3], b"nonsense\r\n\r\n"])
def test_anything_less_than_a_whole_answer_is_unknown(answer):
    with pytest.raises(NoAnswer) as caught:
        post(answer, seconds=0.5)
    assert caught.value.sent


def test_nobody_listens():
    async def run():
        await Connection("http://127.0.0.1:1").post("/", "token", b"", 1.0)

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(run())
    assert not caught.value.sent
