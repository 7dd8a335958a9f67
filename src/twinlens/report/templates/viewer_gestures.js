// Pointers: dragging moves, two fingers or the wheel zoom, a double click or tap goes to 100 % and back, a tap where both
// photos lie in one place flickers.
const gestures = ({ photo, state, clamp, inOnePlace, flicker, fit, full, pan, zoom }) => {
  const TAP = 300, NEAR = 12; // milliseconds between two taps, pixels that a finger may stray
  const held = new Map(); // pointers that are down in one view
  let under = null, start = null, tapped = { at: -TAP, x: 0, y: 0 }, kind = "";
  const spread = () => {
    const [p, q] = [...held.values()];
    return { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2, apart: Math.hypot(p.x - q.x, p.y - q.y) || 1 };
  };
  const within = (p, event) => {
    const frame = p.view.getBoundingClientRect(), { x, y } = "clientX" in event ? { x: event.clientX, y: event.clientY } : event;
    return { x: x - frame.left, y: y - frame.top };
  };
  function down(p, event) {
    kind = event.pointerType;
    if (event.button !== 0) return;
    if (under !== p) held.clear();
    under = p;
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    start = held.size === 1 ? { x: event.clientX, y: event.clientY } : null;
    p.view.setPointerCapture(event.pointerId);
    p.view.classList.add("held");
  }
  function move(p, event) {
    if (under !== p || !held.has(event.pointerId)) return;
    const before = held.size === 2 ? spread() : held.get(event.pointerId);
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const now = held.size === 2 ? spread() : held.get(event.pointerId);
    if (held.size === 2) zoom(now.apart / before.apart, p, within(p, now));
    pan(inOnePlace() && state.free ? photo.b : p, now.x - before.x, now.y - before.y, event.shiftKey || (state.free && held.size < 2));
  }
  function up(p, event) {
    held.delete(event.pointerId);
    if (!held.size) p.view.classList.remove("held");
    if (kind !== "touch" || !start || Math.hypot(event.clientX - start.x, event.clientY - start.y) > NEAR) return;
    const again = event.timeStamp - tapped.at < TAP && Math.hypot(event.clientX - tapped.x, event.clientY - tapped.y) < 2 * NEAR;
    tapped = { at: again ? -TAP : event.timeStamp, x: event.clientX, y: event.clientY };
    if (state.mode === "one") flicker();
    if (again) closer(p, event);
  }
  function closer(p, event) { // 100 % at a point, or the whole photo again
    if (!state.fit) return fit();
    zoom(1 / photo.a.scale, p, within(p, event));
    full();
  }
  for (const p of Object.values(photo)) {
    p.view.addEventListener("pointerdown", (event) => down(p, event));
    p.view.addEventListener("pointermove", (event) => move(p, event));
    p.view.addEventListener("pointerup", (event) => up(p, event));
    p.view.addEventListener("pointercancel", (event) => { start = null; up(p, event); });
    p.view.addEventListener("dblclick", (event) => { if (kind !== "touch") closer(p, event); });
    p.view.addEventListener("wheel", (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      zoom(Math.exp(-clamp(event.deltaY * lines, -240, 240) / 400), p, within(p, event));
    }, { passive: false });
  }

  return {};
};
