// The unfinished ballot kept in this browser: never a password, a week at most.
const WEEK = 7 * 24 * 3600 * 1000;
const PREFIX = "mvoting.ballot.";

export function keep(pollId, ballot) {
  try { localStorage.setItem(PREFIX + pollId, JSON.stringify({ ...ballot, at: Date.now() })); } catch { /* full or forbidden */ }
}

export function kept(pollId) {
  try {
    const found = JSON.parse(localStorage.getItem(PREFIX + pollId));
    if (found && Date.now() - found.at < WEEK) return found;
  } catch { /* unreadable */ }
  forget(pollId);
  return null;
}

export function forget(pollId) {
  try { localStorage.removeItem(PREFIX + pollId); } catch { /* forbidden */ }
}

export function forgetAll() {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
  } catch { /* forbidden */ }
}
