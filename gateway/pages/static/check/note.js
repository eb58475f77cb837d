// Checkpoints (C2SP tlog-checkpoint): signed notes (C2SP signed-note) with cosignatures of witnesses (C2SP tlog-cosignature).
import { concat, fromBase64, hex, utf8 } from "./bytes.js";
import { COSIGNER, LOG_KEY, keyId, verify } from "./keys.js";
import { HASH } from "./tlog.js";

const LINE = /^\u2014 ([^\s+]+) (\S+)$/;
const MOST_SIGNATURES = 100;
const SIZE = /^(?:0|[1-9][0-9]{0,14})$/;

// {text, origin, size, root, signatures: [{name, id, signature}]}; null for what is no checkpoint.
export function readCheckpoint(note) {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0 || !note.endsWith("\n") || /[\u0000-\u0009\u000b-\u001f]/.test(note)) return null;
  const body = note.slice(0, cut + 1);
  const lines = body.slice(0, -1).split("\n");
  const signatures = note.slice(cut + 2, -1).split("\n").map(readSignature);
  const root = fromBase64(lines[2]);
  const whole = lines.length >= 3 && lines.every((line) => line) && SIZE.test(lines[1]) && root?.length === HASH;
  if (!whole || signatures.length > MOST_SIGNATURES || signatures.includes(null)) return null;
  return { text: body, origin: lines[0], size: Number(lines[1]), root, signatures };
}

function readSignature(line) {
  const found = LINE.exec(line);
  const bytes = found && fromBase64(found[2]);
  if (!bytes || bytes.length < 5) return null;
  return { name: found[1], id: hex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

// Whether one of these keys ([{id, key}]) signed as the log of this origin; the key that did, or null.
export async function signedBy(checkpoint, keys) {
  for (const each of keys) {
    const id = await keyId(checkpoint.origin, LOG_KEY, each.key);
    for (const line of checkpoint.signatures) {
      if (line.name !== checkpoint.origin || line.id !== id) continue;
      if (await verify(each.key, line.signature, utf8(checkpoint.text))) return each;
    }
  }
  return null;
}

// What each witness ({name, id, kind, key}) says: [{witness, time}] with POSIX seconds; `time` null: no valid cosignature.
export function cosignedBy(checkpoint, witnesses) {
  return Promise.all(witnesses.map(async (witness) => ({ witness, time: await timeOf(checkpoint, witness) })));
}

async function timeOf(checkpoint, witness) {
  if (witness.kind !== COSIGNER) return null;
  for (const line of checkpoint.signatures) {
    if (line.name !== witness.name || line.id !== witness.id || line.signature.length !== 72) continue;
    const time = Number(new DataView(line.signature.buffer, line.signature.byteOffset, 8).getBigUint64(0));
    const message = concat(utf8(`cosignature/v1\ntime ${time}\n`), utf8(checkpoint.text));
    if (Number.isSafeInteger(time) && (await verify(witness.key, line.signature.subarray(8), message))) return time;
  }
  return null;
}
