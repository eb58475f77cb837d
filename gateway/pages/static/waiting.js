// Asks now and then whether the ballot is in the record; the page then turns into the receipt.
const place = document.querySelector("[data-waiting]").dataset.waiting;
const GIVE_UP = 10 * 60 * 1000;
const start = Date.now();

async function look() {
  try {
    const answer = await fetch(place, { signal: AbortSignal.timeout(5000), headers: { Accept: "application/json" } });
    if (answer.ok && (await answer.json()).status !== "pending") { location.reload(); return; }
  } catch { /* try again */ }
  if (Date.now() - start < GIVE_UP) setTimeout(look, 1500 + Math.random() * 2000);
}
setTimeout(look, 1000);
