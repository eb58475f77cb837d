"""What a witness shows of itself: who it is, what it has seen, and what evidence it holds."""

import json
from html import escape
from typing import Any

from auditor.formats.encodings import b64
from auditor.formats.notes import COSIGNATURE_V1
from auditor.witness.service import Witness

SHOWN = 1000
"""Logs on the page; the JSON document has all of them."""


def state(witness: Witness) -> dict[str, Any]:
    """Everything as a JSON document."""
    return {
        "name": witness.signer.name,
        "vkey": witness.signer.key(COSIGNATURE_V1).vkey(),
        "trusts": [
            {"origin": rule.origin, "public_key": b64(rule.public_key)} for rule in witness.trust.rules
        ],
        "logs": [
            {
                "origin": seen.origin,
                "size": seen.head.size,
                "root": b64(seen.head.root),
                "cosigned_at": seen.at,
                "checkpoint": seen.note,
            }
            for seen in witness.store.all()
        ],
        "evidence": witness.evidence.names(),
    }


def state_json(witness: Witness) -> bytes:
    return json.dumps(state(witness), ensure_ascii=False, indent=1).encode()


def page(witness: Witness) -> bytes:
    """The same for people, Korean first."""
    found = state(witness)
    rows = "".join(
        f"<tr><td>{escape(log['origin'])}</td><td>{log['size']}</td><td><code>{escape(log['root'])}</code></td></tr>"
        for log in found["logs"][:SHOWN]
    )
    evidence = "".join(f'<li><a href="/evidence/{name}">{name}</a></li>' for name in found["evidence"])
    alarm = f"<h2>두 이력의 증거 · Evidence of two histories</h2><ul>{evidence}</ul>" if evidence else ""
    return f"""<!doctype html><html lang="ko"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>증인 · Witness {escape(found["name"])}</title>
<style>body{{font:16px sans-serif;margin:1rem;max-width:60rem}}td,th{{text-align:left;padding:.2rem .6rem}}code{{overflow-wrap:anywhere}}</style>
<h1>증인 {escape(found["name"])}</h1>
<p>이 증인은 각 기록이 이전에 본 기록을 그대로 이어 갈 때만 함께 서명합니다.<br>
<span lang="en">This witness cosigns a log only while it continues what was seen before.</span></p>
<p>공개키 · Key: <code>{escape(found["vkey"])}</code> · <a href="/state.json">state.json</a></p>
{alarm}<h2>기록 · Logs ({len(found["logs"])})</h2>
<table><thead><tr><th>기록 · Log</th><th>크기 · Size</th><th>루트 해시 · Root hash</th></tr></thead><tbody>{rows}</tbody></table></html>
""".encode()
