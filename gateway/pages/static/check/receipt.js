// Receipts: the signed promise that a ballot will be in the log (docs/record.md).
import { fromBase64url, utf8 } from "./bytes.js";
import { verify } from "./keys.js";

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const FIELDS = ["v", "poll_id", "ballot_id", "leaf_hash", "recorded_at", "include_within", "key_id", "signature"];
const MINUTE = 60;
const FORMS = {
  v: (value) => value === 1,
  poll_id: (value) => ID.test(value),
  ballot_id: (value) => ID.test(value) && value.length >= 16,
  leaf_hash: (value) => fromBase64url(value)?.length === 32,
  recorded_at: (value) => TIME.test(value) && !Number.isNaN(Date.parse(value)),
  include_within: (value) => Number.isSafeInteger(value) && value >= 0,
  key_id: (value) => ID.test(value),
  signature: (value) => fromBase64url(value)?.length === 64,
};

// The receipt in a file's or a person's text: its JSON, or the address of its QR code. Null: no receipt in it.
export function readReceipt(given) {
  const told = given.trim();
  const mark = told.indexOf("#");
  if (mark >= 0 && !told.startsWith("{")) return fromFragment(told.slice(mark));
  try { return checked(JSON.parse(told)); } catch { return null; }
}

// A receipt with every field in its form and no other, or null.
export function checked(value) {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== FIELDS.length) return null;
  return FIELDS.every((name) => Object.hasOwn(value, name) && FORMS[name](value[name])) ? value : null;
}

// `#1.<poll_id>.<ballot_id>.<leaf_hash>.<recorded_at>.<include_within>.<key_id>.<signature>`: the QR code's address ends so.
export function fromFragment(fragment) {
  const parts = fragment.replace(/^#/, "").split(".");
  if (parts.length !== FIELDS.length) return null;
  const numbers = ["v", "include_within"];
  return checked(Object.fromEntries(FIELDS.map((name, i) => [name, numbers.includes(name) ? number(parts[i]) : parts[i]])));
}

const number = (spelled) => (/^(?:0|[1-9]\d{0,8})$/.test(spelled) ? Number(spelled) : null);

// What is signed: canonical JSON (RFC 8785) of all fields but the signature; all strings here are ASCII without escapes.
export function signedText(receipt) {
  const names = FIELDS.filter((name) => name !== "signature").sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(receipt[name])}`).join(",")}}`;
}

export const leafHashOf = (receipt) => fromBase64url(receipt.leaf_hash);

export const isSigned = (receipt, key) => verify(key, fromBase64url(receipt.signature), utf8(signedText(receipt)));

// POSIX seconds by which the ballot must be under a published checkpoint.
export const dueAt = (receipt) => Date.parse(receipt.recorded_at) / 1000 + MINUTE + receipt.include_within;
