// The opened pair: both photos, the verdict, its reasons and what else is known. `open` takes what is to be seen: a row,
// or two versions of a photo that no row compares; `turned` puts photo b on the left.
const pairView = (run, marks, walk, moves) => {
  const { one, all, make } = dom, dialog = one("dialog.lens"), DERIVED = "the same by construction";
  const state = { turn: 0, photos: { a: -1, b: -1 }, active: "a" };
  const pane = (side) => one(`.pane[data-side="${side}"]`, dialog);

  // Where b is on the left, a text's "(Left)" and "(Right)", which go by the letters, would mislead.
  const placed = (text, turned) => (turned ? text.replace(/ \((left|right)\)/gi, "") : text);
  function claim([text, region, aspect, favours, grounding, a, b, evidence], at, turned) {
    const made = one("#claim").content.cloneNode(true), button = one(".claim", made), shown = one(".numbers", made);
    shown.id = `numbers-${at}`;
    button.setAttribute("aria-controls", shown.id);
    if (a) Object.assign(button.dataset, { a: a.join(" "), b: b.join(" ") });
    one(".side", made).textContent = favours === "same" ? "=" : favours.toUpperCase();
    one(".favours", made).textContent = favours === "same" ? "no side" : `favours ${favours.toUpperCase()}`;
    one(".topic", made).textContent = `${region} · ${aspect}`;
    one(".text", made).textContent = placed(text, turned);
    one(".about", made).append(one(`#mark-${grounding}`).content.cloneNode(true));
    one(".unplaced", made).hidden = Boolean(a);
    for (const [says, scale, ...numbers] of evidence) {
      const line = make("tr"), head = make("th", says);
      head.scope = "row";
      head.append(make("small", scale));
      line.append(head, ...numbers.map((number) => make("td", number)));
      one("tbody", made).append(line);
    }
    if (!evidence.length) one("table", made).replaceWith(make("p", grounding === "opinion" ? "An overall judgement, which no pixel can bear out." : "Nothing was measured for this reason."));
    return made;
  }
  function heading(text) {
    if (!text) return [];
    const made = make("li", "", "part");
    made.append(make("h3", text));
    return [made];
  }
  function photo(side, shot, src) {
    const box = pane(side), img = one("img", box), absent = one(".absent", box), letter = side.toUpperCase();
    const why = shot ? shot.why : "The run holds no photo of a pair that failed.";
    img.removeAttribute("src");
    box.classList.toggle("empty", !shot?.size);
    [img.width, img.height] = shot?.size ?? [1, 1];
    img.className = typeof shot?.src === "string" ? `linked ${shot.half}`.trim() : "";
    img.alt = shot ? `Photo ${letter}: ${shot.name}` : "";
    if (src) img.src = src;
    absent.textContent = why ?? "";
    absent.hidden = !why;
    one(".file", box).textContent = one(".file", box).title = shot ? shot.name : "";
    one(".size", box).textContent = shot?.size ? `${shot.size[0]} × ${shot.size[1]}` : "";
    return img;
  }
  function facts(row, more) {
    const people = row.label ? `${say.side(row, row.label)}${row.state === "right" || row.state === "wrong" ? ` (the judge ${say.STATE[row.state]})` : ""}` : "";
    const said = Object.entries(more.orders).some(([, word]) => word === DERIVED) ? [] : Object.entries(more.orders).map(([name, word]) => `${name === "ab" ? "A" : "B"} shown first: ${word}`);
    const listed = [["Pair", row.id], ["Scene", row.scene], ["Kind", row.kind === "other" ? "" : row.kind], ["People prefer", people],
      ["Both orders", said.join(", ")], ...Object.entries(more.columns)];
    one(".facts").replaceChildren(...listed.filter(([, text]) => text).flatMap(([name, text]) => [make("dt", name), make("dd", text)]));
  }
  function exif(rows) {
    const table = one(".exif"), cell = (text, span) => Object.assign(make("td", text || "–"), { colSpan: span });
    table.hidden = !rows.length;
    one("tbody", table).replaceChildren(...rows.map(([name, a, b]) => {
      const line = make("tr"), head = make("th", name);
      head.scope = "row";
      line.append(head, ...(a === b ? [cell(a, 2)] : [cell(a, 1), cell(b, 1)]));
      return line;
    }));
  }
  function rating([judge, number, exchanged, words, failed]) {
    const head = number === null ? `Not rated: ${run.failures[failed] ?? failed}` : `Rated ${number} of 10`;
    const swapped = exchanged === null ? "" : `, and ${exchanged} with A and B exchanged in the reasons`;
    const by = make("p", `by ${judge}${swapped}`, "legend"), more = make("details");
    if (!words) return [make("h2", head), by];
    more.open = true;
    more.append(make("summary", "The rater’s own words"), make("pre", words));
    return [make("h2", head), by, more];
  }
  function notesOf(row, more) {
    const notes = [...more.notes, ...(more.against ? ["The reasons, taken together, argue against the choice."] : [])];
    if (row.state === "wrong") notes.unshift(`People prefer ${say.side(row, row.label)}.`);
    if (row.orders === "changed" && row.choice !== "tie") notes.unshift("The judge chose otherwise when the photos changed places.");
    return notes;
  }
  function fill(row, more, srcs, turned) {
    const imgs = ["a", "b"].map((side, at) => photo(side, more.photos[at], srcs[at]));
    for (const side of ["a", "b"]) one(".chosen", pane(side)).hidden = row.choice !== side;
    one(".verdict").textContent = `${more.forced ? "Not a pair, judged by force: " : ""}${say.outcome(row, run.failures)}`;
    const p = row.choice === "a" ? more.p_a : 1 - more.p_a;
    one(".probability", dialog).textContent = row.failure ? more.detail : row.choice === "tie" ? "" : `${say.percent(p)} probability that people prefer it`;
    if (more.unfamiliar) one(".probability", dialog).append(" ", make("span", more.unfamiliar, "unfamiliar"));
    one(".notes", dialog).replaceChildren(...notesOf(row, more).map((note) => make("li", note)));
    one(".claims", dialog).replaceChildren(...more.claims.flatMap((said, at) => [...heading(more.headings[at]), claim(said, at, turned)]));
    one(".no-claims").hidden = more.claims.length > 0;
    one(".reasons", dialog).hidden = row.choice === "tie" && !more.claims.length;
    for (const [name, text] of [["words", more.said], ["swapped", more.swapped], ["expert", more.reference]]) {
      one(`.${name}`, dialog).hidden = !text;
      one(`.${name} pre`, dialog).textContent = text;
    }
    one("details.words").open = !more.claims.length;
    one(".rated", dialog).replaceChildren(...more.rated.flatMap(rating));
    facts(row, more);
    exif(more.exif ?? []);
    return imgs;
  }
  // Two versions that no row compares: each photo as one of its own rows has it.
  async function unjudged([left, right]) {
    const [a, b] = await Promise.all([left, right].map(async (version) => (await run.details(version.row)).photos[version.side === "a" ? 0 : 1]));
    const row = { id: "", versions: { a: left.name, b: right.name }, choice: "", failure: "", state: "open" };
    return [row, { photos: [a, b].filter(Boolean).length === 2 ? [a, b] : [], p_a: null, claims: [], headings: [], notes: [], orders: {}, columns: {}, rated: [] }];
  }

  function show() {
    for (const side of ["a", "b"]) {
      const of = marks.of(state.photos[side]), box = pane(side);
      box.classList.toggle("active", side === state.active);
      box.classList.toggle("rejected", of.pick < 0);
      one(".marks", box).hidden = state.photos[side] < 0;
      for (const button of all("[data-mark]", box)) {
        const key = button.dataset.mark, on = key === "p" ? of.pick > 0 : key === "x" ? of.pick < 0 : +key <= of.stars;
        button.setAttribute("aria-pressed", String(on));
      }
    }
  }
  function activate(side) {
    state.active = side;
    show();
  }
  function mark(key, side = dialog.classList.contains("one") ? one(".pane.shown", dialog).dataset.side : state.active) {
    state.active = side;
    marks.set(state.photos[side], key);
    show();
    const { words } = marks.label(state.photos[side]);
    lens.tell(`Photo ${side.toUpperCase()}: ${words || "no mark"}`);
  }
  async function open({ at, unknown, turned, active, where, keep = false }) {
    const turn = (state.turn += 1);
    const [row, more] = unknown ? await unjudged(unknown) : [run.row(at), await run.details(at)];
    const srcs = await Promise.all(more.photos.map((shot) => run.picture(shot.src)));
    if (turn !== state.turn) return; // another was opened meanwhile
    const imgs = fill(row, more, srcs, turned);
    if (unknown) {
      one(".verdict").textContent = "These two were not compared";
      one(".probability", dialog).textContent = `${row.versions.a} (A) and ${row.versions.b} (B)`;
    }
    if (unknown) one(".reasons", dialog).hidden = true;
    Object.assign(state.photos, unknown ? { a: unknown[0].photo, b: unknown[1].photo } : { a: run.photoOf(at, "a"), b: run.photoOf(at, "b") });
    activate(active ?? (row.choice === "b" ? "b" : "a"));
    dialog.classList.toggle("turned", Boolean(turned));
    if (!dialog.open) dialog.showModal();
    one("aside", dialog).scrollTop = 0;
    lens.load(more.map ?? null, { keep, frame: more.frame ?? undefined });
    dialog.classList.remove("ready"); // no photo is seen in another's place
    const known = imgs.filter((img) => img.src);
    Promise.allSettled(known.map((img) => img.decode())).then((ends) => {
      if (turn !== state.turn) return;
      ends.forEach((end, i) => {
        if (end.status === "fulfilled") return;
        const absent = one(".absent", known[i].parentElement);
        absent.textContent = "The photo cannot be shown: is the page still where it was written?";
        absent.hidden = false;
      });
      dialog.classList.add("ready");
    });
    lens.tell(where);
  }

  const zoomed = (what) => () => one(`[data-do=${what}]`, dialog).click();
  const z = () => zoomed(one("[data-do=full]", dialog).getAttribute("aria-pressed") === "true" ? "fit" : "full")();
  const close = () => dialog.close();
  const lens = viewer(dialog, () => dialog.open, {
    pageup: () => walk(-1), pagedown: () => walk(1), escape: () => (lens.chosen() ? lens.choose(-1) : close()),
    z, a: () => activate("a"), b: () => activate("b"), ...Object.fromEntries(["p", "x", "0", "1", "2", "3", "4", "5"].map((key) => [key, () => mark(key)])),
    v: (event) => moves.step(event.shiftKey ? -1 : 1), k: () => moves.keep(),
  });
  for (const [name, act] of Object.entries({ before: () => walk(-1), after: () => walk(1), close })) one(`[data-act=${name}]`, dialog).addEventListener("click", act);
  for (const side of ["a", "b"]) {
    pane(side).addEventListener("pointerdown", () => { if (!dialog.classList.contains("one")) activate(side); });
    for (const button of all("[data-mark]", pane(side))) button.addEventListener("click", () => mark(button.dataset.mark, side));
  }
  dialog.addEventListener("close", () => { state.turn += 1; });
  return { dialog, open, show, lens };
};
