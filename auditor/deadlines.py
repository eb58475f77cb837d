"""Deadlines for whole exchanges over a socket, not only for each single wait: nobody can hold a thread by sending slowly."""

import io
import socket
import time
from typing import Any


class Deadline:
    """A moment by which something has to be done; it can be set anew."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def restart(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds that are left, more than 0. Raises TimeoutError when there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is over")
        return left


class TimedReader(io.RawIOBase):
    """Reads from a socket until a deadline. Raises TimeoutError."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._deadline.remaining())
        return self._connection.recv_into(buffer)


class TimedSocket:
    """As much of a socket as http.client uses, with one deadline over everything."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(self._deadline.remaining())
        self._connection.sendall(data)

    def makefile(self, _mode: str = "rb", _size: int = -1) -> io.BufferedReader:
        return io.BufferedReader(TimedReader(self._connection, self._deadline), 65536)

    def close(self) -> None:
        self._connection.close()
