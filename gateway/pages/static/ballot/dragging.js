// An item that is dragged by its handle, up and down, with a mouse, a pen or a finger. Until it is let go nothing changes but where
// it is drawn; Escape, or whatever else ends the gesture, leaves everything as it was.
const STILL = 4;
const EDGE = 56;
const SCROLL = 0.6; // pixels a millisecond

// `over(y)`: the pointer is at this height of the window. `drop()`: it was let go there. `end()`: dragging is over, whether dropped or not.
export function draggable(item, handle, { over, drop, end }) {
  let held = null;
  let moved = false;

  function follow() {
    item.style.transform = `translateY(${held.y + scrollY - held.from}px)`;
    over(held.y);
  }

  function scrolled() {
    if (moved) follow();
  }

  // Near the window's edges the page scrolls by itself.
  function scroll(now, before = now) {
    if (!held) return;
    const way = held.y < EDGE ? -1 : held.y > innerHeight - EDGE ? 1 : 0;
    if (moved && way) {
      scrollBy({ top: way * SCROLL * (now - before), behavior: "instant" });
    }
    requestAnimationFrame((next) => scroll(next, now));
  }

  function release() {
    held = null;
    item.classList.remove("dragged");
    item.style.removeProperty("transform");
    removeEventListener("keydown", escape);
    removeEventListener("scroll", scrolled);
    end();
  }

  function escape(event) {
    if (event.key === "Escape") release();
  }

  handle.addEventListener("pointerdown", (event) => {
    if (held || event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    held = { pointer: event.pointerId, y: event.clientY, from: event.clientY + scrollY };
    moved = false;
    item.classList.add("dragged");
    addEventListener("keydown", escape);
    addEventListener("scroll", scrolled);
    requestAnimationFrame(scroll);
  });
  handle.addEventListener("pointermove", (event) => {
    if (event.pointerId !== held?.pointer) return;
    held.y = event.clientY;
    moved ||= Math.abs(held.y + scrollY - held.from) > STILL;
    if (moved) follow();
  });
  handle.addEventListener("pointerup", (event) => {
    if (event.pointerId !== held?.pointer) return;
    if (moved) drop();
    release();
  });
  // Without a pointerup: the browser took the pointer for something else, or the item was moved by other means.
  handle.addEventListener("lostpointercapture", (event) => { if (event.pointerId === held?.pointer) release(); });
  // What follows a drag is no click; letting go where one took hold is one.
  handle.addEventListener("click", (event) => { if (moved) event.stopPropagation(); });
}
