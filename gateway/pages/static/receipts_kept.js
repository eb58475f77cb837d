// Receipts in this browser, newest first.
const NAME = "mvoting.receipts";
const MOST = 200;

export function receipts() {
  try { return JSON.parse(localStorage.getItem(NAME)) || []; } catch { return []; }
}

export function add(receipt) {
  const others = receipts().filter((one) => one.ballot_id !== receipt.ballot_id);
  try {
    localStorage.setItem(NAME, JSON.stringify([receipt, ...others].slice(0, MOST)));
    return true;
  } catch { return false; }
}

export function removeAll() {
  try { localStorage.removeItem(NAME); } catch { /* forbidden */ }
}
