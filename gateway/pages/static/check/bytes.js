// Bytes and their spellings: base64 (RFC 4648 section 4), base64url without padding (section 5), hex, UTF-8.
const STANDARD = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const URL_SAFE = /^[A-Za-z0-9_-]*$/;

export const utf8 = (text) => new TextEncoder().encode(text);

// Throws for what is no UTF-8.
export const text = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}

export const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

// One spelling for one value: null for any other.
export function fromBase64(spelled) {
  if (typeof spelled !== "string" || !STANDARD.test(spelled)) return null;
  const bytes = Uint8Array.from(atob(spelled), (letter) => letter.charCodeAt(0));
  return toBase64(bytes) === spelled ? bytes : null;
}

export const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

export function fromBase64url(spelled) {
  if (typeof spelled !== "string" || !URL_SAFE.test(spelled) || spelled.length % 4 === 1) return null;
  const padded = spelled.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (spelled.length % 4)) % 4);
  return fromBase64(padded);
}

export const toBase64url = (bytes) => toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
