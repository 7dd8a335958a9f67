// Picks, rejects and stars of photos, by their number; they stay in this browser, and leave as files.
const picks = (run, changed) => {
  const { one, all } = dom, where = `twinlens picks ${location.pathname}`, marks = new Map();
  const of = (photo) => marks.get(photo) ?? { pick: 0, stars: 0 };
  const PICK = ["rejected", "", "picked"]; // -1, 0, 1

  async function store() { // by name; the number is where to look for it first
    const kept = await Promise.all([...marks].map(async ([photo, { pick, stars }]) => [await run.name(photo), pick, stars, photo]));
    try { localStorage.setItem(where, JSON.stringify(kept)); } catch { one(".marked").title = "This browser does not keep them: export before you leave."; }
  }
  async function restore() {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(where)); } catch { return; }
    if (!Array.isArray(kept) || !kept.length) return;
    let all = null; // of a page that was written anew, or by an older version
    for (const [name, pick, stars, at] of kept) {
      const same = at !== undefined && (await run.name(at).catch(() => null)) === name;
      const photo = same ? at : (all ??= await run.byName()).get(name);
      if (photo !== undefined) marks.set(photo, { pick, stars });
    }
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
    one(".marked").textContent = marks.size ? `${say.count(marks.size, "photos")} marked` : "";
    for (const button of all(".export button:not([data-act=load])")) button.disabled = !marks.size;
  }

  async function lines() { // the marked photos, with what a table needs
    const about = new Map();
    for (let at = 0; at < run.size; at += 1) {
      for (const side of ["a", "b"]) if (marks.has(run.photoOf(at, side))) about.set(run.photoOf(at, side), [run.word("scene", at), run.word(`version_${side}`, at)]);
    }
    const marked = [...marks].sort(([p], [q]) => p - q);
    return Promise.all(marked.map(async ([photo, mark]) => ({ file: await run.name(photo), about: about.get(photo), mark })));
  }
  // The marks of a CSV that left here, or in another browser: they replace those of its photos. All of it, or an Error.
  async function read(text) {
    const [head, ...rows] = exporting.rows(text.replace(/^\uFEFF/, "")), wanted = ["file", "pick", "stars"], columns = wanted.map((name) => head.indexOf(name));
    if (columns.includes(-1)) throw new Error(`no column ${wanted[columns.indexOf(-1)]}: expected the CSV of a report`);
    const numbers = await run.byName(), read = [];
    rows.forEach((row, at) => {
      if (row.length === 1 && !row[0]) return;
      const [file, word, stars] = columns.map((column) => row[column] ?? ""), pick = PICK.indexOf(word) - 1;
      if (pick < -1 || !/^[0-5]?$/.test(stars)) throw new Error(`line ${at + 2}: “${pick < -1 ? word : stars}”; expected picked, rejected or nothing, and 0 to 5 stars`);
      read.push([numbers.get(file), { pick, stars: +stars }]);
    });
    const known = read.filter(([photo]) => photo !== undefined);
    for (const [photo, mark] of known) if (mark.pick || mark.stars) marks.set(photo, mark); else marks.delete(photo);
    return read.length - known.length;
  }
  async function load(file) {
    try {
      const absent = await read(await file.text());
      await store();
      show();
      changed();
      if (absent) one(".marked").textContent += `; ${say.count(absent, "photos")} of the CSV not in this run`;
    } catch (error) { one(".marked").textContent = `Not loaded: ${error.message}`; }
  }
  const title = document.body.dataset.title;
  async function csv() {
    const rows = (await lines()).map(({ file, about, mark }) => [file, ...about, PICK[mark.pick + 1], mark.stars || ""]);
    exporting.save(new Blob([exporting.csv([["file", "scene", "version", "pick", "stars"], ...rows])], { type: "text/csv" }), `${title}-picks.csv`);
  }
  async function xmp() {
    const marked = await lines(), files = exporting.unique(marked.map(({ file }) => exporting.sidecarName(file)));
    exporting.save(exporting.zip(marked.map(({ mark }, i) => [files[i], exporting.xmp(mark)])), `${title}-xmp.zip`);
  }
  show();
  return { of, set, label, fits, csv, xmp, load, restore };
};
