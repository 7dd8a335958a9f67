// Values of the photos' own pixels: histograms, and RGB under the pointer or, without one, in the middle. A browser lets no
// page that was opened as a file read photos linked beside it; then a line says so, and the folder can be chosen by hand.
const pixelValues = ({ root, photo, state, one, through, inA, inB, inOnePlace, redraw, press, tell }) => {
  const TILE = 64, STRIP = 256, PAUSE = 4e6, HIGH = 72, { a, b } = photo;
  const TINTS = { red: "#b03434", green: "#2f8f43", blue: "#3565c8" };
  const scope = one(".scope"), { white, black } = scope.dataset, sides = Object.entries(photo);
  let on = false, pointer = null, turn = 0, files = [], waiting = false;

  const paper = (width, height) => Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { willReadFrequently: true });
  // A part of a photo as it is shown: a half of a picture, or a photo that is in the page reduced.
  function read(p, x, y, width, height, context) {
    const source = p.bitmap ?? p.img, [whole, high] = p.bitmap ? [source.width, source.height] : [source.naturalWidth, source.naturalHeight];
    const [left, right] = ["left", "right"].map((half) => p.img.classList.contains(half));
    const across = whole / (left || right ? 2 : 1) / p.width, down = high / p.height, from = right ? whole / 2 : 0;
    context.imageSmoothingEnabled = false;
    context.drawImage(source, from + x * across, y * down, width * across, height * down, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data; // SecurityError where the page may not read it
  }
  const known = (p) => p.bitmap || (p.img.complete && p.img.naturalWidth > 0);
  async function fromFiles(p) { // of the chosen files the one whose path ends as the photo's does, longest
    const path = (text) => text.split("/").reverse(), wanted = path(decodeURIComponent(p.img.getAttribute("src") ?? ""));
    const alike = (file) => path(file.webkitRelativePath || file.name).findIndex((part, i) => part !== wanted[i]);
    const best = files.map((file) => [file, alike(file)]).map(([file, n]) => [file, n < 0 ? Infinity : n]).sort((x, y) => y[1] - x[1]);
    p.bitmap = best[0]?.[1] > 0 && best[0][1] > (best[1]?.[1] ?? 0) ? await createImageBitmap(best[0][0]).catch(() => null) : null;
  }

  function at(p, { x, y }) {
    if (!known(p) || x < 0 || y < 0 || x >= p.width || y >= p.height) return null;
    const left = Math.floor(x / TILE) * TILE, top = Math.floor(y / TILE) * TILE, key = `${left} ${top}`;
    if (p.tile?.key !== key) p.tile = { key, data: read(p, left, top, TILE, TILE, (p.paper ??= paper(TILE, TILE))) };
    const i = 4 * ((Math.floor(y) - top) * TILE + Math.floor(x) - left);
    return [...p.tile.data.slice(i, i + 3)];
  }
  function looked() { // the pixels of a and b that are asked for
    if (!pointer) return [a.centre, inOnePlace() ? inB(a.centre) : b.centre];
    const seen = inOnePlace() ? a : pointer.p, point = through(seen.place.inverse(), pointer);
    const of = inA(seen, point);
    return [of, seen === b ? point : inB(of)];
  }
  function values() {
    const points = looked(), [ofA, ofB] = sides.map(([, p], i) => at(p, points[i]));
    sides.forEach(([, p], i) => { const to = through(p.place, points[i]); one(".cross", p.pane).style.transform = `translate(${to.x}px, ${to.y}px)`; });
    const text = (rgb) => (rgb ? rgb.join(" ") : "–");
    one(".rgb-a").textContent = text(ofA);
    one(".rgb-b").textContent = text(ofB);
    one(".rgb-apart").textContent = ofA && ofB ? ofB.map((value, i) => `${value > ofA[i] ? "+" : value < ofA[i] ? "−" : ""}${Math.abs(value - ofA[i])}`).join(" ") : "–";
    one(".rgb-at").textContent = points[0] ? `${Math.floor(points[0].x)}, ${Math.floor(points[0].y)}` : "";
  }

  async function counted(p, mine) { // how many pixels have each code value: red, green, blue, luma
    const bins = [0, 1, 2, 3].map(() => new Uint32Array(256)), context = paper(p.width, Math.min(STRIP, p.height));
    for (let y = 0, done = 0; y < p.height; y += STRIP) {
      const data = read(p, 0, y, p.width, Math.min(STRIP, p.height - y), context);
      for (let i = 0; i < data.length; i += 4) {
        const red = data[i], green = data[i + 1], blue = data[i + 2];
        bins[0][red] += 1; bins[1][green] += 1; bins[2][blue] += 1;
        bins[3][Math.round(0.299 * red + 0.587 * green + 0.114 * blue)] += 1;
      }
      done += p.width * STRIP;
      if (done > PAUSE) { done = 0; await new Promise((next) => setTimeout(next)); }
      if (mine !== turn) return null;
    }
    return bins;
  }
  function plot(canvas, bins, most) {
    const context = canvas.getContext("2d"), high = (count) => HIGH - Math.min(1, count / most) * HIGH;
    Object.assign(canvas, { width: 256, height: HIGH });
    context.globalCompositeOperation = "lighter";
    Object.values(TINTS).forEach((tint, channel) => {
      context.fillStyle = tint;
      bins[channel].forEach((count, value) => context.fillRect(value, high(count), 1, HIGH));
    });
    context.strokeStyle = "#fff";
    context.beginPath();
    bins[3].forEach((count, value) => context.lineTo(value + 0.5, high(count)));
    context.stroke();
  }
  function said(p, bins) {
    const share = (from, to) => { const part = (100 * bins[3].slice(from, to).reduce((sum, n) => sum + n, 0)) / (p.width * p.height); return `${part === 0 ? "0" : part < 0.05 ? "under 0.1" : part.toFixed(1)} %`; };
    const mean = bins[3].reduce((sum, n, value) => sum + n * value, 0) / (p.width * p.height);
    return `mean luma ${Math.round(mean)}, ${share(0, +black + 1)} at black, ${share(+white)} at white`;
  }
  async function histograms() {
    const mine = (turn += 1), made = [];
    waiting = files.length > 0;
    if (waiting) await Promise.all(sides.map(([, p]) => fromFiles(p)));
    if (mine !== turn) return;
    waiting = false;
    for (const [, p] of sides) {
      if (!known(p)) await p.img.decode().catch(() => {});
      made.push(known(p) ? await counted(p, mine) : null);
      if (mine !== turn) return;
    }
    redraw();
    // Both by one scale; the ends, where clipped tones pile up, do not set it.
    const most = Math.max(1, ...made.flatMap((bins) => bins ?? []).flatMap((bin) => [...bin.slice(2, 254)]));
    sides.forEach(([side, p], i) => {
      const box = one(`.histogram-${side}`), canvas = one("canvas", box), text = made[i] ? said(p, made[i]) : "no photo";
      if (made[i]) plot(canvas, made[i], most);
      canvas.setAttribute("aria-label", `Histogram of ${side.toUpperCase()}: ${text}`);
      one("figcaption span", box).textContent = text;
    });
  }
  function measured(work) { // what reads pixels may be refused
    const refused = (error) => {
      if (error.name !== "SecurityError") throw error;
      root.classList.add("unread");
    };
    try { work()?.catch?.(refused); } catch (error) { refused(error); }
  }
  function toggle() {
    on = !on;
    scope.hidden = !on;
    root.classList.toggle("scoped", on);
    press("scope", on);
    tell(on ? "Histograms and RGB values are shown" : "Histograms and RGB values are put away");
    if (on) measured(histograms);
    redraw();
  }
  function load() {
    for (const [, p] of sides) p.tile = p.bitmap = null;
    pointer = null;
    turn += 1;
    root.classList.remove("unread");
    if (on) measured(histograms);
  }
  one("input", scope).addEventListener("change", (event) => {
    files = [...event.target.files].filter((file) => file.type.startsWith("image/"));
    load();
  });
  for (const [, p] of sides) {
    p.view.addEventListener("pointermove", (event) => {
      const frame = p.view.getBoundingClientRect();
      pointer = { p, x: event.clientX - frame.left, y: event.clientY - frame.top };
      if (on) redraw();
    });
    p.view.addEventListener("pointerleave", () => { pointer = null; if (on) redraw(); });
  }
  return { load, draw: () => { if (on && !waiting && !root.classList.contains("unread")) measured(values); }, acts: { scope: toggle }, keys: { h: toggle } };
};
