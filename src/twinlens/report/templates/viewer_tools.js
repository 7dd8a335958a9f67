// What is laid over the photos without reading a pixel of them, so it works also where a browser lets no page read linked
// photos: the split line, the difference of both photos (blended, then coloured by the filter #heat), clipped tones (#clipped).
const wipe = ({ state, one, clamp, redraw, tell }) => {
  const panes = one(".panes"), line = one(".divider");
  let at = 50; // per cent of the width
  function put(value) {
    at = clamp(value, 0, 100);
    panes.style.setProperty("--split", `${at}%`);
    line.setAttribute("aria-valuenow", Math.round(at));
    line.setAttribute("aria-valuetext", `A on ${Math.round(at)} % of the width, B on the rest`);
    redraw();
  }
  const by = (far) => (event) => { if (state.mode === "wipe") put(at + far * (event.shiftKey ? 5 : 1)); };
  function drag(event) {
    const frame = panes.getBoundingClientRect();
    if (line.hasPointerCapture(event.pointerId)) put((100 * (event.clientX - frame.left)) / frame.width);
  }
  line.addEventListener("pointerdown", (event) => { line.setPointerCapture(event.pointerId); event.preventDefault(); line.focus(); });
  line.addEventListener("pointermove", drag);
  line.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: at - 2, ArrowDown: at - 2, ArrowRight: at + 2, ArrowUp: at + 2, PageDown: at - 10, PageUp: at + 10, Home: 0, End: 100 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    put(to);
    tell(line.getAttribute("aria-valuetext"));
  });
  return { load: () => put(at), keys: { ",": by(-2), ".": by(2), "<": by(-2), ">": by(2), ";": by(-2), ":": by(2) } };
};

const difference = ({ root, photo, state, one, through, tell }) => {
  const GAINS = [1, 2, 4, 8, 16], { a, b } = photo;
  let at = 2, layer = null, copies = [];
  function lay() { // both photos once more, in one layer
    layer = document.createElement("div");
    layer.className = "blend";
    layer.setAttribute("aria-hidden", "true");
    copies = [a, b].map((p) => p.img.cloneNode());
    layer.append(...copies);
    a.img.after(layer);
  }
  function gain(to = (at + 1) % GAINS.length) {
    at = to;
    root.style.setProperty("--gain", GAINS[at]);
    one(".gain").textContent = `× ${GAINS[at]}`;
    one(".most").textContent = Math.round(255 / GAINS[at]);
  }
  const more = () => { if (state.mode === "difference") { gain(); tell(`Gain ${GAINS[at]}`); } };
  function draw() {
    if (state.mode !== "difference") return;
    if (!layer) lay();
    const edges = [];
    for (const [p, copy] of [[a, copies[0]], [b, copies[1]]]) {
      if (copy.getAttribute("src") !== p.img.getAttribute("src")) copy.src = p.img.src;
      Object.assign(copy, { width: p.width, height: p.height, className: p.img.className });
      copy.style.transform = p.place;
      copy.style.imageRendering = p.img.style.imageRendering;
      const [from, to] = [{ x: 0, y: 0 }, { x: p.width, y: p.height }].map((corner) => through(p.place, corner));
      edges.push([from.x, from.y, to.x, to.y]);
    }
    const [[left, top, right, bottom], [x, y, ex, ey]] = edges, wide = layer.clientWidth, high = layer.clientHeight;
    const inset = [Math.max(top, y), wide - Math.min(right, ex), high - Math.min(bottom, ey), Math.max(left, x)];
    layer.style.clipPath = `inset(${inset.map((edge) => `${Math.max(edge, 0)}px`).join(" ")})`; // where both are
  }
  gain(at);
  return { draw, acts: { gain: more }, keys: { g: more } };
};

const clipping = ({ root, press, tell }) => {
  function clip() {
    const on = root.classList.toggle("clips");
    press("clip", on);
    tell(on ? "Clipped tones are marked: red at white, blue at black" : "Clipped tones are no longer marked");
  }
  return { acts: { clip }, keys: { c: clip } };
};

const keyHelp = ({ one }) => {
  const help = one(".keys");
  const toggle = () => (help.open ? help.close() : help.showModal());
  help.addEventListener("click", (event) => { if (event.target === help || event.target.closest("[data-close]")) help.close(); });
  return { acts: { help: toggle }, keys: { "?": toggle } };
};
