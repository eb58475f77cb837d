"""The witness as a process of its own, killed again and again while two histories of one log are submitted to it."""

import http.client
import random
import signal
import subprocess
import sys
import threading

from auditor.formats import notes
from auditor.formats.encodings import b64
from tests.unit.auditor.logs import TestLog, key

ORIGIN = "vote.example/log/p1"
COMMON = [b"common %d" % n for n in range(10)]
HISTORIES = [
    TestLog(ORIGIN, [*COMMON, *(b"%s %d" % (name, n) for n in range(3000))]) for name in (b"one", b"two")
]


def start(folder, *more: str) -> tuple[subprocess.Popen[str], int]:
    rule = f"vote.example/log/*={b64(key(1).public_key().public_bytes_raw())}"
    command = [sys.executable, "-m", "auditor", "witness", str(folder), "--name", "witness.example/w"]
    command += ["--listen", "127.0.0.1:0", "--log", rule, *more]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "listening at" in line:
            return process, int(line.split("127.0.0.1:")[1].split(",")[0])
    raise AssertionError("the witness did not start")


def stop(process, number=signal.SIGTERM) -> int:
    process.send_signal(number)
    process.stderr.close()
    return process.wait(timeout=30)


def submit(port: int, log: TestLog, old: int, new: int) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/add-checkpoint", log.request(old, new))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def until_killed(port: int, rng: random.Random, cosigned: list[tuple[int, bytes]]) -> None:
    """Submits both histories in turn, from whatever size the witness says."""
    sizes = [0, 0]
    while True:
        which = rng.randrange(2)
        log = HISTORIES[which]
        new = max(sizes) + rng.randrange(1, 4)
        try:
            status, body = submit(port, log, sizes[which], new)
        except (OSError, http.client.HTTPException):
            return
        if status == 200:
            assert notes.parse_signatures(body)[0].name == "witness.example/w"
            cosigned.append((new, log.root(new)))
            sizes = [new, new]
        elif status == 409:
            sizes[which] = int(body) if body.strip().isdigit() else sizes[which]


def test_killed_at_any_moment_it_cosigns_one_history_only(tmp_path):
    rng = random.Random(4)
    cosigned: list[tuple[int, bytes]] = []
    for _ in range(8):
        process, port = start(tmp_path)
        killer = threading.Timer(rng.random() * 0.4, process.kill)
        killer.start()
        until_killed(port, rng, cosigned)
        killer.join(timeout=10)
        assert stop(process) == -signal.SIGKILL
    assert len(cosigned) > 8
    assert any(all(log.root(size) == root for size, root in cosigned) for log in HISTORIES)
    process, port = start(tmp_path)
    known = int(submit(port, HISTORIES[0], 0, 1)[1])
    assert known >= max(size for size, _ in cosigned)
    assert stop(process) == 0


def test_a_second_witness_in_the_same_folder_does_not_start(tmp_path):
    process, _ = start(tmp_path)
    command = [sys.executable, "-m", "auditor", "witness", str(tmp_path), "--listen", "127.0.0.1:0"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (second.returncode, "another witness" in second.stderr) == (2, True)
    assert stop(process) == 0


def test_its_key_can_be_made_before_it_runs(tmp_path):
    command = [sys.executable, "-m", "auditor", "vkey", str(tmp_path), "--name", "witness.example/w"]
    made = [
        subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
        for _ in range(2)
    ]
    assert made[0] == made[1] == (tmp_path / "vkey").read_text()
    assert notes.parse_vkey(made[0].strip()).name == "witness.example/w"
