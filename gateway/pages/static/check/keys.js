// Ed25519 keys (RFC 8032), as far as this browser knows them.
import { concat, fromBase64, fromBase64url, hex, utf8 } from "./bytes.js";
import { sha256 } from "./tlog.js";

const NAME = { name: "Ed25519" };
export const LOG_KEY = 1;
export const COSIGNER = 4;

// Whether this browser can check Ed25519 signatures at all.
export async function canVerify() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), NAME, false, ["verify"]);
    return true;
  } catch { return false; }
}

// Whether the signature of these bytes is the key's. False for what is no key or signature.
export async function verify(publicKey, signature, message) {
  if (publicKey?.length !== 32 || signature?.length !== 64) return false;
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, NAME, false, ["verify"]);
    return await crypto.subtle.verify(NAME, key, signature, message);
  } catch { return false; }
}

// The id by which a note's signature names its key (C2SP signed-note), as hex.
export async function keyId(name, kind, publicKey) {
  return hex((await sha256(concat(utf8(name), Uint8Array.of(10, kind), publicKey))).subarray(0, 4));
}

// A verifier key `<name>+<id>+<base64 of kind and key>` (C2SP signed-note): {name, id, kind, key}, or null for a wrong one.
export async function readVkey(vkey) {
  const found = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey);
  const coded = found && fromBase64(found[3]);
  if (!coded || coded.length !== 33) return null;
  const [kind, key] = [coded[0], coded.subarray(1)];
  return (await keyId(found[1], kind, key)) === found[2] ? { name: found[1], id: found[2], kind, key } : null;
}

// The keys of one use in the answer of /api/v1/keys: [{id, key}].
export function keysFor(told, use) {
  return told.keys
    .filter((one) => one.use === use && one.algorithm === "Ed25519")
    .map((one) => ({ id: one.id, key: fromBase64url(one.public_key) }))
    .filter((one) => one.key?.length === 32);
}
