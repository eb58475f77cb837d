// Live results: figures and bars change in place, a screen reader hears the number of voters now and then, and what explains the
// outcome is fetched again a little later.
const page = document.querySelector("[data-results]");
const lang = document.documentElement.lang;
const number = (n) => n.toLocaleString(lang);
const fill = (pattern, values) => pattern.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
const ANNOUNCE_EVERY = 15000;
const EXPLAIN_AFTER = [3000, 9000];
const DEADLINE = 10000;
let announced = Date.now();
let explaining = 0;
let counted = Number(page.dataset.asOf);

function set(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function updateQuestion(result) {
  const chart = page.querySelector(`[data-question="${CSS.escape(result.id)}"]`);
  if (!chart) return;
  const bars = chart.querySelector(".bars");
  const best = Math.max(0, ...result.options.map((option) => option.count));
  const answered = chart.querySelector("[data-answered]");
  if (answered) set(answered, fill(result.answered === 1 ? answered.dataset.one : answered.dataset.pattern, { n: number(result.answered) }));
  for (const option of result.options) {
    const item = bars?.querySelector(`[data-option="${CSS.escape(option.id)}"]`);
    if (!item) continue;
    const pattern = option.count === 1 && bars.dataset.one ? bars.dataset.one : bars.dataset.pattern;
    const figure = fill(pattern, { n: number(option.count), share: option.share, mean: option.mean });
    set(item.querySelector("[data-figure]"), figure);
    item.querySelector("svg").setAttribute("aria-label", `${item.querySelector(".line span").textContent}: ${figure}`);
    item.querySelector("rect").setAttribute("width", option.share);
    item.classList.toggle("top", best > 0 && option.count === best);
    updateSpread(item.querySelector("[data-spread]"), option.distribution || []);
    updateRow(chart.querySelector(`[data-row="${CSS.escape(option.id)}"]`), option);
  }
}

function updateSpread(spread, distribution) {
  if (!spread) return;
  const most = Math.max(1, ...distribution);
  const lowest = Number(spread.dataset.lowest);
  spread.querySelectorAll("rect").forEach((column, n) => {
    const height = (40 * distribution[n]) / most;
    column.setAttribute("y", (40 - height).toFixed(1));
    column.setAttribute("height", height.toFixed(1));
  });
  spread.setAttribute("aria-label", distribution.map((n, place) => fill(spread.dataset.pattern, { n: number(n), point: lowest + place })).join(", "));
}

function updateRow(row, option) {
  if (!row) return;
  set(row.querySelector("[data-count]"), number(option.count));
  set(row.querySelector("[data-share]"), `${option.share}%`);
  set(row.querySelector("[data-mean]"), option.mean);
  if (option.voters !== undefined) set(row.querySelector("[data-given]"), number(option.voters));
  (option.places || []).forEach((n, place) => set(row.querySelector(`[data-place="${place}"]`), number(n)));
  (option.distribution || []).forEach((n, place) => set(row.querySelector(`[data-point="${place}"]`), number(n)));
}

// Explanations and drawings come from the server as they stand on the page; what was opened stays open.
async function explain() {
  explaining = 0;
  const part = page.querySelector("[data-part]");
  const answer = await fetch(`${location.pathname}/part`, { signal: AbortSignal.timeout(DEADLINE) }).catch(() => null);
  if (!answer?.ok) return;
  const html = await answer.text();
  const opened = [...part.querySelectorAll("details[open][data-kept]")].map((each) => each.dataset.kept);
  const focused = document.activeElement?.closest("details[data-kept]")?.dataset.kept;
  part.innerHTML = html;
  for (const details of part.querySelectorAll("details[data-kept]")) {
    details.open = opened.includes(details.dataset.kept);
    if (details.dataset.kept === focused) details.querySelector("summary").focus({ preventScroll: true });
  }
}

function explainLater() {
  if (explaining || !page.querySelector("[data-again]")) return;
  const [least, most] = EXPLAIN_AFTER;
  explaining = setTimeout(explain, least + Math.random() * (most - least));
}

function update(result) {
  if (result.state !== page.dataset.state) { location.reload(); return; }
  if (result.state === "embargoed") return;
  const voters = page.querySelector("[data-voters]");
  const before = voters.textContent;
  set(voters, fill(result.voters === 1 ? voters.dataset.one : voters.dataset.pattern, { n: number(result.voters) }));
  if (result.turnout) set(page.querySelector("[data-turnout]"), `${result.turnout.share}%`);
  result.questions.forEach(updateQuestion);
  if (result.as_of !== counted) explainLater();
  counted = result.as_of;
  if (voters.textContent !== before && Date.now() - announced > ANNOUNCE_EVERY) {
    announced = Date.now();
    const announce = page.querySelector("[data-announce]");
    set(announce, fill(announce.dataset.pattern, { n: number(result.voters) }));
  }
}

const stream = new EventSource(`/api/v1/polls/${page.dataset.results}/results/stream`);
stream.addEventListener("results", (event) => update(JSON.parse(event.data)));
stream.addEventListener("open", () => { const live = page.querySelector("[data-live]"); if (live) live.hidden = false; });
addEventListener("pagehide", () => stream.close());
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
