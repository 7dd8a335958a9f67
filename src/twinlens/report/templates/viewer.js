"use strict";
// The viewer of two photos and the reasons beside them, within `root`, an element of the class lens. `isOpen` says
// whether keys are for it; `more` are further keys. `load` takes in new photos and reasons: `map` is where the
// preference comes from (rows of a grid, log-odds, positive for a), with `mapped` shown at once; `keep`
// leaves zoom and place as they are; `frame` takes pixels of photo b to those of a: a, b, c, d, e, f of a CSS matrix.
// What else can be looked at stands in files of its own, a function each, of what they share (`lens`).
const viewer = (root, isOpen = () => true, more = {}) => {
  // Scale is in screen pixels a photo pixel. The centre is the pixel of photo a that is looked at; photo b is looked
  // at where the frame puts that, and `offset` pixels of b away from it, so a shift between the photos stays while
  // both move. `mode` is how they lie: "two" side by side; in one place "one" of them, "wipe" or "difference".
  const MOST = 32, STEP = 1.25, ARROW = 60, PEEK = 350;
  const all = (selector) => [...root.querySelectorAll(selector)];
  const one = (selector, within = root) => within.querySelector(selector);
  const photo = {};
  for (const pane of all(".pane")) {
    const img = one("img", pane);
    photo[pane.dataset.side] = {
      pane, img, view: one(".view", pane), outline: one(".outline", pane), map: one(".map", pane), label: one(".scale", pane),
      width: 1, height: 1, scale: 1, centre: { x: 0, y: 0 },
    };
  }
  const { a, b } = photo;
  const state = { x: 0, y: 0, offset: { x: 0, y: 0 }, fit: true, mode: "two", shown: "a", claim: -1, free: false };
  let claims = [], queued = false, flipped = 0, toA = new DOMMatrix(), toB = new DOMMatrix();

  const ratio = () => window.devicePixelRatio || 1;
  const through = (m, p) => ({ x: m.a * p.x + m.c * p.y + m.e, y: m.b * p.x + m.d * p.y + m.f });
  const turned = (m, p) => ({ x: m.a * p.x + m.c * p.y, y: m.b * p.x + m.d * p.y });
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const inOnePlace = () => state.mode !== "two";
  // In one place both photos cover the same field, whatever their sizes.
  const css = (p) => (inOnePlace() && p === b ? a.scale * Math.hypot(toA.a, toA.b) : p.scale) / ratio();
  const inA = (p, point) => (p === a ? point : through(toA, { x: point.x - state.offset.x, y: point.y - state.offset.y }));
  const inB = (point) => { const p = through(toB, point); return { x: p.x + state.offset.x, y: p.y + state.offset.y }; };
  const middle = (p) => ({ x: p.width / 2, y: p.height / 2 });
  function centre(p) {
    if (p === a) return { x: state.x, y: state.y };
    return state.fit && !inOnePlace() ? middle(b) : inB({ x: state.x, y: state.y });
  }
  const fitted = (p) => Math.min(p.view.clientWidth / p.width, p.view.clientHeight / p.height) * ratio();

  function drawPhoto(p) {
    const frame = p.view.getBoundingClientRect(), k = css(p), c = (p.centre = centre(p)), d = ratio();
    const snap = (edge, at) => Math.round((edge + at) * d) / d - edge; // whole screen pixels: 100 % is exact
    p.place = new DOMMatrix([k, 0, 0, k, snap(frame.left, frame.width / 2 - c.x * k), snap(frame.top, frame.height / 2 - c.y * k)]);
    if (p === b && inOnePlace()) p.place = a.place.multiply(toA).translate(-state.offset.x, -state.offset.y);
    p.img.style.transform = p.place;
    p.img.style.imageRendering = k * d >= 1.999 ? "pixelated" : "auto";
    p.map.style.transform = p.place.scale(p.width / p.map.width, p.height / p.map.height);
    const percent = k * d * 100;
    p.label.textContent = `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
    const box = p.box;
    p.outline.hidden = !box;
    if (box) {
      const corner = through(p.place, { x: box[0], y: box[1] });
      p.outline.style.transform = `translate(${corner.x - 1}px, ${corner.y - 1}px)`;
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
    press("split", !inOnePlace());
    press("free", state.free);
    one(".seen").textContent = state.mode === "one" ? `Photo ${state.shown.toUpperCase()} is shown` : "";
    one(".offset").textContent = [state.offset.x, state.offset.y].map((d) => Math.round(-d)).join(", ");
    for (const part of parts) part.draw?.();
  }
  function redraw() {
    if (!queued) { queued = true; requestAnimationFrame(draw); }
  }
  function press(what, on) { one(`[data-do="${what}"]`).setAttribute("aria-pressed", String(on)); }
  function tell(text) { one("[role=status]").textContent = text; }

  function stack() { // side by side, or one above the other where that shows them clearly larger
    const { clientWidth: wide, clientHeight: high } = one(".panes"), head = a.view.offsetTop - a.pane.offsetTop;
    const scale = (across, down) => Math.min(wide / across / a.width, (high / down - head) / a.height);
    root.classList.toggle("stacked", scale(1, 2) > 1.15 * scale(2, 1));
  }
  function fit() {
    a.scale = fitted(a);
    b.scale = fitted(b);
    Object.assign(state, middle(a), { offset: { x: 0, y: 0 }, fit: true });
    redraw();
  }
  function full() {
    a.scale = b.scale = 1;
    state.fit = false;
    redraw();
  }
  function look(by) { // move the field by pixels of photo a
    state.x = clamp(state.x + by.x, 0, a.width);
    state.y = clamp(state.y + by.y, 0, a.height);
    redraw();
  }
  function pan(p, dx, dy, single) { // by screen distance, as seen in photo p; `single` moves it against the other
    const seen = inOnePlace() ? a : p, by = { x: -dx / css(seen), y: -dy / css(seen) };
    state.fit = false;
    if (!single) return look(seen === a ? by : turned(toA, by));
    const own = seen === p ? by : turned(toB, by);
    if (p === a) look(by);
    shift(p === a ? turned(toB, { x: -by.x, y: -by.y }) : own);
  }
  function shift(by) {
    state.offset = { x: state.offset.x + by.x, y: state.offset.y + by.y };
    redraw();
  }
  function zoom(factor, p = a, at = null) { // about a point of p's view, its middle by default
    const least = Math.min(fitted(a), 1), next = clamp(a.scale * factor, least, MOST);
    if (factor < 1 && next <= fitted(a) * 1.0001 && a.scale > fitted(a)) return fit();
    const seen = inOnePlace() ? a : p, real = next / a.scale, rest = (1 - 1 / real) / css(seen);
    a.scale *= real;
    b.scale *= real;
    state.fit = false;
    if (!at) return redraw();
    const by = { x: (at.x - p.view.clientWidth / 2) * rest, y: (at.y - p.view.clientHeight / 2) * rest };
    look(seen === a ? by : turned(toA, by));
  }

  function arrange(mode, shown = state.shown) {
    Object.assign(state, { mode, shown: mode === "one" ? shown : "a" });
    for (const name of ["wipe", "difference"]) {
      root.classList.toggle(name, mode === name);
      press(name, mode === name);
    }
    root.classList.toggle("one", inOnePlace());
    for (const [side, p] of Object.entries(photo)) {
      p.pane.classList.toggle("shown", side === state.shown);
      p.pane.setAttribute("aria-hidden", String(mode === "one" && side !== shown));
    }
    if (state.fit) fit();
    draw();
    tell({ two: "Side by side", one: `Photo ${shown.toUpperCase()} is shown`, wipe: "A left of the line, B right of it", difference: "The difference of A and B" }[mode]);
  }
  function flicker() {
    if (state.mode !== "one") return arrange("one", "a");
    flipped = performance.now();
    arrange("one", state.shown === "a" ? "b" : "a");
  }
  const toggled = (mode) => () => arrange(state.mode === mode ? "two" : mode);
  function free() {
    state.free = !state.free;
    root.classList.toggle("free", state.free);
    state.fit = false;
    draw();
    tell(state.free ? "Unlocked: dragging and the arrow keys move one photo against the other" : "The photos move together again");
  }

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
      const [at, to] = [a, b].map(({ box }) => ({ x: box[0] + box[2] / 2, y: box[1] + box[3] / 2 })), from = through(toB, at);
      Object.assign(state, at, { offset: { x: to.x - from.x, y: to.y - from.y } });
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

  const lens = { root, photo, state, all, one, clamp, through, inA, inB, inOnePlace, arrange, flicker, fit, full, pan, zoom, redraw, press, tell };
  const parts = [gestures, preferenceMap, wipe, difference, clipping, pixelValues, keyHelp].map((part) => part(lens));
  const acts = Object.assign(
    { fit, full, in: () => zoom(STEP), out: () => zoom(1 / STEP), flicker, split: () => arrange(inOnePlace() ? "two" : "one"), free },
    { wipe: toggled("wipe"), difference: toggled("difference") }, ...parts.map((part) => part.acts),
  );
  for (const button of all("[data-do]")) button.addEventListener("click", () => acts[button.dataset.do]());

  function load(map = null, { mapped, keep = false, frame } = {}) {
    claims = all(".claim");
    claims.forEach((claim, index) => claim.addEventListener("click", () => choose(index)));
    const before = { width: a.width, height: a.height, x: state.x / a.width, y: state.y / a.height };
    for (const p of [a, b]) {
      p.width = +p.img.getAttribute("width");
      p.height = +p.img.getAttribute("height");
      p.box = null;
    }
    const size = a.width / b.width; // where nothing else is known, the middles lie on each other and the widths are alike
    toA = new DOMMatrix(frame ?? [size, 0, 0, size, (a.width - size * b.width) / 2, (a.height - size * b.height) / 2]);
    toB = toA.inverse();
    state.claim = -1;
    stack();
    for (const part of parts) part.load?.(map, mapped);
    if (keep && !state.fit) {
      const fine = Math.abs(a.scale - 1) < 1e-6 ? 1 : before.width / a.width; // true pixels stay true pixels
      a.scale *= fine;
      b.scale = a.scale;
      Object.assign(state, { x: before.x * a.width, y: before.y * a.height, offset: { x: 0, y: 0 } });
    } else fit();
    draw();
    root.classList.add("ready");
  }

  const arrow = (dx, dy) => (event) => {
    if (state.free) { // by photo pixels
      const far = event.shiftKey ? 10 : 1;
      state.fit = false;
      return shift({ x: -dx * far, y: -dy * far });
    }
    const far = ARROW * (event.shiftKey ? 4 : 1);
    pan(a, -dx * far, -dy * far, false);
  };
  const keys = Object.assign(
    { 0: fit, f: fit, 1: full, "+": acts.in, "=": acts.in, "-": acts.out, _: acts.out, s: acts.split, u: free },
    { w: acts.wipe, d: acts.difference, n: (event) => step(event.shiftKey ? -1 : 1), p: () => step(-1), escape: () => choose(-1) },
    { arrowleft: arrow(-1, 0), arrowright: arrow(1, 0), arrowup: arrow(0, -1), arrowdown: arrow(0, 1) },
    ...parts.map((part) => part.keys), more,
  );
  document.addEventListener("keydown", (event) => {
    if (!isOpen() || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (one(".keys").open) { // Escape closes it by itself
      if (key !== "?") return;
      event.preventDefault();
      keys["?"]();
    } else if (key === " ") { // always flickers, so a look at a reason is never undone; Enter presses buttons
      event.preventDefault();
      if (!event.repeat) flicker();
    } else if (keys[key] && !(key.startsWith("arrow") && document.activeElement.matches("aside, [role=slider]"))) {
      event.preventDefault();
      keys[key](event);
    }
  });
  document.addEventListener("keyup", (event) => {
    if (event.key !== " " || !isOpen() || one(".keys").open) return;
    event.preventDefault();
    if (flipped && performance.now() - flipped > PEEK) flicker();
    flipped = 0;
  });

  const refit = () => { stack(); (state.fit ? fit : redraw)(); };
  new ResizeObserver(refit).observe(one(".panes"));
  window.addEventListener("resize", refit);
  return { load, choose, chosen: () => state.claim >= 0, tell };
};
