"""What phones send: each request once, as the bytes of HTTP/1.1."""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path


def casts(voters: Path, path: str, answers: str) -> Iterator[bytes]:
    """One ballot for each line of the file (see `voters.write_voters`); `answers` is JSON."""
    with voters.open() as lines:
        for line in lines:
            token, _, ballot_id = line.rstrip("\n").partition("\t")
            body = f'{{"ballot_id":"{ballot_id}","answers":{answers}}}'
            yield (
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            ).encode()


def reads(paths: list[str]) -> Iterator[bytes]:
    """These addresses in turn, for ever, with the language of most who read them."""
    for path in cycle(paths):
        yield f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: ko\r\n\r\n".encode()
