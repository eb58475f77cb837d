"""Go's sumdb/note and sumdb/tlog (Debian: golang-go, golang-golang-x-mod-dev) judge our checkpoints, tiles and proofs."""

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from auditor.formats import cosignatures, merkle, tiles
from auditor.formats.encodings import b64
from auditor.formats.notes import COSIGNATURE_V1, Note, Signer
from tests.prepare import SUMDB
from tests.unit.auditor.logs import TestLog, key

SIZES = (1, 2, 7, 255, 256, 257, 600, 70_000)
LEAVES = [b"leaf %d" % n for n in range(max(SIZES))]


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """The compiled judge."""
    if shutil.which("go") is None or not SUMDB.is_dir():
        pytest.fail(
            "Go's sumdb is absent: run 'apt-get install golang-go golang-golang-x-mod-dev', or make test as root"
        )
    folder = tmp_path_factory.mktemp("judge")
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(folder / "cache"),
    }
    source = Path(__file__).with_name("judge.go")
    command = ["go", "build", "-o", str(folder / "judge"), str(source)]
    subprocess.run(command, env=environment, check=True, timeout=100, capture_output=True, text=True)
    return folder / "judge"


def write(folder: Path, size: int) -> TestLog:
    """A log's tiles, its cosigned checkpoint, and proofs, where the judge looks for them."""
    log = TestLog("vote.example/log/p1", LEAVES[:size])
    for tile in tiles.tiles(size):
        path = folder / tile.path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(log.tile(tile))
    witness = Signer("witness.example/w", key(2))
    note = log.note()
    signed = Note(note.text, (*note.signatures, cosignatures.cosign(witness, note.text, 1_700_000_000)))
    rng = random.Random(size)
    looked = {0, size - 1, *(rng.randrange(size) for _ in range(30))}
    earlier = {size, *(rng.randrange(1, size + 1) for _ in range(30))}
    case = {
        "Note": signed.encode().decode(),
        "Vkey": log.signer.key().vkey(),
        "Witness": {
            "Name": witness.name,
            "Hash": int.from_bytes(witness.key(COSIGNATURE_V1).key_id, "big"),
            "Key": b64(witness.key(COSIGNATURE_V1).public_key),
        },
        "Inclusion": [
            {
                "Index": n,
                "Leaf": b64(log.hashes[n]),
                "Proof": listed(merkle.inclusion_proof(n, size, log.node)),
            }
            for n in looked
        ],
        "Consistency": [
            {"Old": n, "Root": b64(log.root(n)), "Proof": listed(merkle.consistency_proof(n, size, log.node))}
            for n in earlier
        ],
    }
    (folder / "case.json").write_text(json.dumps(case))
    return log


def listed(hashes: list[bytes]) -> list[str]:
    return [b64(each) for each in hashes]


def test_go_agrees_with_every_checkpoint_tile_and_proof(judge, tmp_path):
    folders = []
    for size in SIZES:
        folders.append(tmp_path / str(size))
        folders[-1].mkdir()
        write(folders[-1], size)
    done = subprocess.run([judge, *folders], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("agree") == len(SIZES)


def test_go_does_not_agree_with_a_tile_that_was_changed(judge, tmp_path):
    write(tmp_path, 600)
    tile = tmp_path / "tile/0/001"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    done = subprocess.run([judge, tmp_path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
