// Patterns of the template filled in; numbers and money as the page's language writes them.
const LANGUAGE = document.documentElement.lang;
const UNITS = [[10n ** 12n, "조"], [10n ** 8n, "억"], [10n ** 4n, "만"], [1n, ""]];

export const number = (n) => n.toLocaleString(LANGUAGE);
export const fill = (pattern, values) => pattern.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

// As `formats.won_text` of the gateway: every won of it.
export function money(won) {
  if (LANGUAGE !== "ko") return `₩${number(won)}`;
  if (won < 10000) return `${number(won)}원`;
  const parts = [];
  let rest = BigInt(won);
  for (const [size, unit] of UNITS) {
    if (rest >= size) parts.push(number(rest / size) + unit);
    rest %= size;
  }
  return `${parts.join(" ")}원`;
}
