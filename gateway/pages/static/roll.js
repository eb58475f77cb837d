// Uploading a voter roll with progress; without JavaScript the form does the same in one go.
const form = document.querySelector("[data-roll]");

if (form) form.addEventListener("submit", (event) => {
  if (!form.elements.file.files.length) return;
  event.preventDefault();
  upload(form.elements.file.files[0]);
});

function say(text) { form.querySelector("[data-progress-text]").textContent = text; }

function upload(file) {
  const bar = form.querySelector("progress");
  const button = form.querySelector("button");
  form.querySelector("[data-progress]").hidden = false;
  button.disabled = true;
  const request = new XMLHttpRequest();
  let asking = 0;
  request.open("PUT", form.dataset.roll);
  request.setRequestHeader("X-CSRF-Token", form.dataset.csrf);
  request.setRequestHeader("Accept-Language", document.documentElement.lang);
  request.upload.addEventListener("progress", (event) => {
    const percent = Math.floor((event.loaded / event.total) * 100);
    bar.value = percent / 2;
    say(form.dataset.sending.replace("%(n)s", percent));
  });
  request.upload.addEventListener("load", () => { asking = setInterval(() => ask(bar), 1000); });
  const failed = (text) => { clearInterval(asking); button.disabled = false; say(text || form.dataset.failed); };
  request.addEventListener("load", () => {
    clearInterval(asking);
    if (request.status < 300) { location.reload(); return; }
    let problem;
    try { problem = JSON.parse(request.responseText); } catch { problem = {}; }
    failed((problem.errors && problem.errors[0] && problem.errors[0].detail) || problem.detail);
  });
  request.addEventListener("error", () => failed());
  const body = new FormData();
  body.append("file", file);
  request.send(body);
}

async function ask(bar) {
  try {
    const answer = await fetch(form.dataset.roll, { signal: AbortSignal.timeout(4000) });
    if (!answer.ok) return;
    const roll = await answer.json();
    if (roll.state !== "loading") return;
    say(form.dataset.reading.replace("%(n)s", roll.rows.toLocaleString(document.documentElement.lang)));
    bar.value = roll.total ? 50 + (roll.rows / roll.total) * 50 : Math.min(99, bar.value + 1);
  } catch { /* the next time */ }
}
