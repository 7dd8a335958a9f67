// Picks, rejects and stars of photos, by their number; they stay in this browser, and leave as files.
const picks = (run, changed) => {
  const { one, all } = dom, where = `twinlens picks ${location.pathname}`, marks = new Map();
  const of = (photo) => marks.get(photo) ?? { pick: 0, stars: 0 };
  let names = null;
  const named = async () => (names ??= await run.names());

  async function store() {
    const files = await named(), kept = [...marks].map(([photo, { pick, stars }]) => [files[photo], pick, stars]);
    try { localStorage.setItem(where, JSON.stringify(kept)); } catch { one(".marked").title = "This browser does not keep them: export before you leave."; }
  }
  async function restore() {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(where)); } catch { return; }
    if (!Array.isArray(kept) || !kept.length) return;
    const numbers = new Map((await named()).map((name, photo) => [name, photo]));
    for (const [name, pick, stars] of kept) if (numbers.has(name)) marks.set(numbers.get(name), { pick, stars });
    show();
    changed();
  }
  function set(photo, key) { // P, X, U or a digit; the same again takes it back
    if (photo < 0) return;
    const { pick, stars } = of(photo), flag = { p: 1, x: -1, u: 0 }[key];
    const made = flag === undefined ? { pick, stars: +key === stars ? 0 : +key } : { pick: flag === pick ? 0 : flag, stars };
    if (made.pick || made.stars) marks.set(photo, made); else marks.delete(photo);
    store();
    show();
    changed(photo);
  }
  const label = (photo) => {
    const { pick, stars } = of(photo);
    return { text: `${pick > 0 ? "✓" : pick < 0 ? "✕" : ""}${stars ? ` ${"★".repeat(stars)}` : ""}`.trim(), rejected: pick < 0, words: [pick > 0 ? "picked" : pick < 0 ? "rejected" : "", stars ? say.count(stars, "stars") : ""].filter(Boolean).join(", ") };
  };
  function fits(photo, want) {
    const { pick, stars } = of(photo);
    return { picked: pick > 0, rejected: pick < 0, none: !pick && !stars }[want] ?? stars >= +want;
  }
  function show() {
    one(".marked").textContent = marks.size ? `${say.count(marks.size, "photos")} marked` : "No photo marked";
    for (const button of all(".export button")) button.disabled = !marks.size;
  }

  async function lines() { // the marked photos, with what a table needs
    const files = await named(), about = new Map();
    for (let at = 0; at < run.size; at += 1) {
      for (const side of ["a", "b"]) if (marks.has(run.photoOf(at, side))) about.set(run.photoOf(at, side), [run.word("scene", at), run.word(`version_${side}`, at)]);
    }
    return [...marks].sort(([p], [q]) => p - q).map(([photo, mark]) => ({ file: files[photo], about: about.get(photo), mark }));
  }
  const title = document.body.dataset.title;
  async function csv() {
    const PICK = { 1: "picked", "-1": "rejected", 0: "" };
    const rows = (await lines()).map(({ file, about, mark }) => [file, ...about, PICK[mark.pick], mark.stars || ""]);
    exporting.save(new Blob([exporting.csv([["file", "scene", "version", "pick", "stars"], ...rows])], { type: "text/csv" }), `${title}-picks.csv`);
  }
  async function xmp() {
    const marked = await lines(), files = exporting.unique(marked.map(({ file }) => exporting.sidecarName(file)));
    exporting.save(exporting.zip(marked.map(({ mark }, i) => [files[i], exporting.xmp(mark)])), `${title}-xmp.zip`);
  }
  show();
  return { of, set, label, fits, csv, xmp, restore };
};
