"use strict";
// The viewer of two photos and the reasons beside them, within `root`, an element of the class lens. `isOpen` says
// whether keys are for it; `more` are further keys. `load(map, shown)` takes in new photos and reasons, and where
// the preference comes from (rows of a grid, per cent of its peak, positive for a), shown at once where it says so.
const viewer = (root, isOpen = () => true, more = {}) => {
  // Scale is in screen pixels a photo pixel. The centre is where photo a is looked at, relative (0 to 1);
  // photo b is looked at `offset` away from it, so a shift between the photos stays while both move.
  const MOST = 32, STEP = 1.25, ARROW = 60, PEEK = 350, FINE = 10;
  const TINTS = { a: [0, 190, 255], b: [255, 212, 0] }; // azure and yellow differ for every kind of colour vision
  const all = (selector) => [...root.querySelectorAll(selector)];
  const one = (selector, within = root) => within.querySelector(selector);
  const photo = {};
  for (const pane of all(".pane")) {
    const img = one("img", pane);
    photo[pane.dataset.side] = {
      pane, img, view: one(".view", pane), outline: one(".outline", pane), map: one(".map", pane), label: one(".scale", pane),
      width: 1, height: 1, scale: 1,
    };
  }
  const { a, b } = photo;
  let claims = [];
  const state = { x: 0.5, y: 0.5, offset: { x: 0, y: 0 }, fit: true, one: false, shown: "a", claim: -1, map: false };
  let queued = false, flipped = 0;

  const ratio = () => window.devicePixelRatio || 1;
  const centre = (p) => (p === a ? { x: state.x, y: state.y } : { x: state.x + state.offset.x, y: state.y + state.offset.y });
  // In one place both photos cover the same field, whatever their sizes.
  const scaleOf = (p) => (state.one && p === b ? (a.scale * a.width) / b.width : p.scale);
  const css = (p) => scaleOf(p) / ratio();
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const fitted = (p) => Math.min(p.view.clientWidth / p.width, p.view.clientHeight / p.height) * ratio();

  function drawPhoto(p) {
    const frame = p.view.getBoundingClientRect(), k = css(p), c = centre(p), d = ratio();
    const snap = (edge, at) => Math.round((edge + at) * d) / d - edge; // whole screen pixels: 100 % is exact
    const x = snap(frame.left, frame.width / 2 - c.x * p.width * k);
    const y = snap(frame.top, frame.height / 2 - c.y * p.height * k);
    p.img.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
    p.map.style.transform = `translate(${x}px, ${y}px) scale(${(k * p.width) / p.map.width}, ${(k * p.height) / p.map.height})`;
    p.img.style.imageRendering = scaleOf(p) >= 1.999 ? "pixelated" : "auto";
    const percent = scaleOf(p) * 100;
    p.label.textContent = `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
    const box = p.box;
    p.outline.hidden = !box;
    if (box) {
      p.outline.style.transform = `translate(${x + box[0] * k - 1}px, ${y + box[1] * k - 1}px)`;
      p.outline.style.width = `${box[2] * k + 2}px`;
      p.outline.style.height = `${box[3] * k + 2}px`;
    }
  }

  function draw() {
    queued = false;
    drawPhoto(a);
    drawPhoto(b);
    press("fit", state.fit);
    press("full", Math.abs(a.scale - 1) < 1e-6);
    press("split", !state.one);
    one(".seen").textContent = state.one ? `Photo ${state.shown.toUpperCase()} is shown` : "";
  }
  function redraw() {
    if (!queued) { queued = true; requestAnimationFrame(draw); }
  }
  function press(what, on) { one(`[data-do="${what}"]`).setAttribute("aria-pressed", String(on)); }
  function tell(text) { one("[role=status]").textContent = text; }

  function fit() {
    a.scale = fitted(a);
    b.scale = fitted(b);
    Object.assign(state, { x: 0.5, y: 0.5, offset: { x: 0, y: 0 }, fit: true });
    redraw();
  }
  function full() {
    a.scale = b.scale = 1;
    state.fit = false;
    redraw();
  }
  function look(dx, dy) { // move the field by a relative amount
    state.x = clamp(state.x + dx, 0, 1);
    state.y = clamp(state.y + dy, 0, 1);
    redraw();
  }
  function pan(p, dx, dy, alone) { // by screen distance, as seen in photo p
    const x = -dx / (p.width * css(p)), y = -dy / (p.height * css(p));
    state.fit = false;
    if (alone) {
      const sign = p === a ? -1 : 1;
      state.offset = { x: state.offset.x + sign * x, y: state.offset.y + sign * y };
    }
    if (!alone || p === a) look(x, y); else redraw();
  }
  function zoom(factor, p = a, at = null) { // about a point of p's view, its middle by default
    const least = Math.min(fitted(a), 1), next = clamp(a.scale * factor, least, MOST);
    if (factor < 1 && next <= fitted(a) * 1.0001 && a.scale > fitted(a)) return fit();
    const real = next / a.scale, k = css(p);
    a.scale *= real;
    b.scale *= real;
    state.fit = false;
    if (at) {
      const rest = (1 - 1 / real) / k;
      look(((at.x - p.view.clientWidth / 2) * rest) / p.width, ((at.y - p.view.clientHeight / 2) * rest) / p.height);
    }
    redraw();
  }

  function arrange(inOnePlace, shown) {
    Object.assign(state, { one: inOnePlace, shown });
    root.classList.toggle("one", inOnePlace);
    for (const [side, p] of Object.entries(photo)) {
      p.pane.classList.toggle("shown", side === shown);
      p.pane.setAttribute("aria-hidden", String(inOnePlace && side !== shown));
    }
    if (state.fit) fit();
    draw();
    tell(inOnePlace ? `Photo ${shown.toUpperCase()} is shown` : "Side by side");
  }
  function flicker() {
    if (!state.one) return arrange(true, "a");
    flipped = performance.now();
    arrange(true, state.shown === "a" ? "b" : "a");
  }
  // The photos are grey below the map, so that its colours are its own.
  function map() {
    if (!root.classList.contains("has-map")) return;
    state.map = !state.map;
    showMap();
    tell(state.map ? "The preference map is shown" : "The preference map is put away");
  }
  function showMap() {
    const on = state.map && root.classList.contains("has-map");
    root.classList.toggle("mapped", on);
    press("map", on);
  }
  function smooth(line) { // a cubic B-spline through a line of cells, so that none shows: FINE values for each
    return Array.from({ length: line.length * FINE }, (_, i) => {
      const at = (i + 0.5) / FINE - 0.5, low = Math.floor(at), t = at - low;
      return [(1 - t) ** 3, 3 * t ** 3 - 6 * t ** 2 + 4, 1 + 3 * t + 3 * t ** 2 - 3 * t ** 3, t ** 3]
        .reduce((sum, weight, k) => sum + (weight / 6) * line[clamp(low - 1 + k, 0, line.length - 1)], 0);
    });
  }
  const transposed = (grid) => grid[0].map((_, x) => grid.map((row) => row[x]));
  function paint(canvas, grid) {
    const fine = transposed(transposed(grid.map(smooth)).map(smooth));
    Object.assign(canvas, { width: fine[0].length, height: fine.length });
    const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
    fine.flat().forEach((value, i) => image.data.set([...TINTS[value > 0 ? "a" : "b"], 1.6 * Math.abs(value)], 4 * i));
    context.putImageData(image, 0, 0);
  }
  function split() { arrange(!state.one, state.shown); }

  function choose(index) {
    state.claim = index;
    claims.forEach((claim, i) => {
      claim.setAttribute("aria-expanded", String(i === index));
      document.getElementById(claim.getAttribute("aria-controls")).hidden = i !== index;
    });
    const data = index < 0 ? {} : claims[index].dataset;
    for (const [side, p] of Object.entries(photo)) p.box = data[side] ? data[side].split(" ").map(Number) : null;
    if (index >= 0) claims[index].parentElement.scrollIntoView({ block: "nearest" });
    if (a.box) {
      const middle = (p) => ({ x: (p.box[0] + p.box[2] / 2) / p.width, y: (p.box[1] + p.box[3] / 2) / p.height });
      const at = middle(a), to = middle(b);
      Object.assign(state, { x: at.x, y: at.y, offset: { x: to.x - at.x, y: to.y - at.y } });
      full();
    } else if (index >= 0) fit();
    redraw();
  }
  function step(by) {
    if (!claims.length) return;
    const from = state.claim < 0 && by < 0 ? 0 : state.claim;
    choose((from + by + claims.length) % claims.length);
    claims[state.claim].focus({ preventScroll: true });
  }

  const held = new Map(); // pointers that are down in one view
  let under = null;
  const spread = () => {
    const [p, q] = [...held.values()];
    return { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2, apart: Math.hypot(p.x - q.x, p.y - q.y) || 1 };
  };
  const within = (p, point) => {
    const frame = p.view.getBoundingClientRect();
    return { x: point.x - frame.left, y: point.y - frame.top };
  };
  function down(p, event) {
    if (event.button !== 0) return;
    if (under !== p) held.clear();
    under = p;
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    p.view.setPointerCapture(event.pointerId);
    p.view.classList.add("held");
  }
  function move(p, event) {
    if (under !== p || !held.has(event.pointerId)) return;
    const before = held.size === 2 ? spread() : held.get(event.pointerId);
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const now = held.size === 2 ? spread() : held.get(event.pointerId);
    if (held.size === 2) zoom(now.apart / before.apart, p, within(p, now));
    pan(p, now.x - before.x, now.y - before.y, event.shiftKey);
  }
  function up(p, event) {
    held.delete(event.pointerId);
    if (!held.size) p.view.classList.remove("held");
  }
  for (const p of [a, b]) {
    p.view.addEventListener("pointerdown", (event) => down(p, event));
    p.view.addEventListener("pointermove", (event) => move(p, event));
    p.view.addEventListener("pointerup", (event) => up(p, event));
    p.view.addEventListener("pointercancel", (event) => up(p, event));
    p.view.addEventListener("dblclick", (event) => {
      if (!state.fit) return fit();
      zoom(1 / a.scale, p, within(p, { x: event.clientX, y: event.clientY }));
      full();
    });
    p.view.addEventListener("wheel", (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      zoom(Math.exp(-clamp(event.deltaY * lines, -240, 240) / 400), p, within(p, { x: event.clientX, y: event.clientY }));
    }, { passive: false });
  }

  const acts = { fit, full, in: () => zoom(STEP), out: () => zoom(1 / STEP), flicker, split, map };
  for (const button of all("[data-do]")) button.addEventListener("click", () => acts[button.dataset.do]());

  function load(grid = null, shown = state.map) {
    claims = all(".claim");
    claims.forEach((claim, index) => claim.addEventListener("click", () => choose(index)));
    for (const p of [a, b]) {
      p.width = +p.img.getAttribute("width");
      p.height = +p.img.getAttribute("height");
      p.box = null;
      if (grid) paint(p.map, grid);
    }
    root.classList.toggle("has-map", Boolean(grid));
    state.map = shown;
    showMap();
    state.claim = -1;
    fit();
    draw();
    root.classList.add("ready");
  }

  const arrow = (dx, dy) => (event) => {
    const far = ARROW * (event.shiftKey ? 4 : 1);
    pan(a, -dx * far, -dy * far, false);
  };
  const keys = {
    0: fit, f: fit, 1: full, "+": acts.in, "=": acts.in, "-": acts.out, _: acts.out, s: split, m: map,
    n: () => step(1), p: () => step(-1), escape: () => choose(-1),
    "?": () => { const help = one(".help"); help.open = !help.open; if (help.open) help.scrollIntoView({ block: "nearest" }); },
    arrowleft: arrow(-1, 0), arrowright: arrow(1, 0), arrowup: arrow(0, -1), arrowdown: arrow(0, 1),
    ...more,
  };
  document.addEventListener("keydown", (event) => {
    if (!isOpen() || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === " ") { // always flickers, so a look at a reason is never undone; Enter presses buttons
      event.preventDefault();
      if (!event.repeat) flicker();
    } else if (keys[key] && !(key.startsWith("arrow") && document.activeElement === one("aside"))) {
      event.preventDefault();
      keys[key](event);
    }
  });
  document.addEventListener("keyup", (event) => {
    if (event.key !== " " || !isOpen()) return;
    event.preventDefault();
    if (flipped && performance.now() - flipped > PEEK) flicker();
    flipped = 0;
  });

  const refit = () => (state.fit ? fit() : redraw());
  new ResizeObserver(refit).observe(one(".panes"));
  window.addEventListener("resize", refit);
  return { load, choose, chosen: () => state.claim >= 0, tell };
};
