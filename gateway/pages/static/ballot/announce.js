// What changes elsewhere on the page is read out, politely and not at every key.
const PAUSE = 400;

export function announcer(root) {
  const region = document.createElement("div");
  region.className = "sr-only";
  region.setAttribute("role", "status");
  root.append(region);
  const waiting = new Map();
  let timer = 0;
  // `about`: a later sentence about the same thing takes the earlier one's place.
  return (about, sentence) => {
    waiting.delete(about);
    waiting.set(about, sentence);
    clearTimeout(timer);
    timer = setTimeout(() => {
      region.textContent = [...waiting.values()].join(" ");
      waiting.clear();
    }, PAUSE);
  };
}
