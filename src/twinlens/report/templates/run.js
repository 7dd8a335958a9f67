"use strict";
(() => {
  // The table keeps only the rows in sight in the document; `shown` are the numbers of the rows that the filters
  // let through, in the order of the table. The lines of #details are parsed when their pair is opened.
  const SPARE = 12, FOUND = 120;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const data = JSON.parse(one("#rows").textContent);
  const rows = data.rows.map((row) => Object.fromEntries(data.columns.map((name, at) => [name, row[at]])));
  const details = one("#details").textContent.split("\n"), photos = one("#photos").textContent.split("\n");
  const body = one(".list tbody"), dialog = one("dialog"), none = one(".none");
  const DERIVED = "the same by construction";
  const STATE = { wrong: "disagrees", right: "agrees", tied: "tie", open: "–", failed: "failed" };
  const state = { sort: "", down: false, current: 0, open: -1, first: -1, last: -1 };
  let shown = rows.map((_, at) => at), texts = null, timer = 0, height = 0, columns = 8;

  function make(name, text = "", kind = "") {
    const made = document.createElement(name);
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }
  const version = (row, side) => (row.versions && side !== "tie" ? `: ${row.versions[side === "a" ? 0 : 1]}` : "");
  const side = (row, value) => (value ? (value === "tie" ? "tie" : value.toUpperCase() + version(row, value)) : "–");
  const failure = (row) => data.failures[row.failure] ?? row.failure;
  const percent = (p) => (p > 0.99 ? "over 99 %" : p < 0.01 ? "under 1 %" : `${Math.floor(100 * p + 0.5)} %`);
  const agreed = (row) => (row.consistent === null ? "–" : row.consistent ? "same" : "changed");
  const count = (n, words) => `${n.toLocaleString("en")} ${n === 1 && words === "pairs" ? "pair" : words}`;

  function tableRow(place) {
    const row = rows[shown[place]], made = make("tr");
    made.dataset.at = place;
    made.tabIndex = place === state.current ? 0 : -1;
    made.setAttribute("aria-rowindex", place + 2);
    const checked = `${row.supported} ✓${row.contradicted ? `  ${row.contradicted} ✕` : ""}`;
    const claims = row.claims > row.opinions ? checked : row.claims ? "opinions only:" : "–";
    const cells = [
      ["state", STATE[row.state], row.state], ["id", row.id], ["kind", row.kind ?? "", "dim"],
      ["choice", row.failure ? failure(row) : side(row, row.choice), row.failure ? "failed" : ""],
      ["label", side(row, row.label)], ["confidence", row.confidence === null ? "–" : percent(row.confidence)],
      ["consistent", agreed(row), row.consistent === false ? "wrong" : "dim"], ["rating", row.rating === null ? "–" : String(row.rating)], ["contradicted", row.about ? `${claims}  ${row.about}` : claims],
    ];
    for (const [name, text, kind] of cells) made.append(make("td", text, `${name} ${kind ?? ""}`.trim()));
    made.children[1].title = row.scene ? `${row.id}, scene ${row.scene}` : row.id;
    return made;
  }
  function spacer(many) {
    const made = make("tr"), cell = make("td");
    made.setAttribute("aria-hidden", "true");
    cell.colSpan = columns;
    cell.style.height = `${many * height}px`;
    made.append(cell);
    return made;
  }
  function draw(force) {
    if (force) columns = all(".list thead th").filter((head) => head.offsetWidth).length;
    if (!height && shown.length) {
      body.replaceChildren(tableRow(0));
      height = body.firstChild.getBoundingClientRect().height;
    }
    const top = -body.getBoundingClientRect().top, rooms = Math.ceil(innerHeight / (height || 1));
    const first = Math.max(0, Math.min(Math.floor(top / (height || 1)) - SPARE, shown.length - rooms));
    const last = Math.min(shown.length, Math.max(first, 0) + rooms + 2 * SPARE);
    if (!force && first === state.first && last === state.last) return;
    const focused = document.activeElement?.closest?.("tr[data-at]");
    const made = [spacer(first)];
    for (let place = first; place < last; place += 1) made.push(tableRow(place));
    made.push(spacer(shown.length - last));
    body.replaceChildren(...made);
    Object.assign(state, { first, last });
    if (focused) one(`tr[data-at="${state.current}"]`, body)?.focus({ preventScroll: true });
  }

  const value = (row, name) => {
    if (name === "state") return ["wrong", "tied", "failed", "open", "right"].indexOf(row.state);
    if (name === "consistent") return row.consistent === null ? 2 : Number(row.consistent);
    if (name === "rating") return row.rating ?? 11;
    return row[name] ?? "";
  };
  const order = new Intl.Collator("en", { numeric: true }).compare;
  function compare(p, q) {
    const a = value(rows[p], state.sort), b = value(rows[q], state.sort);
    const by = typeof a === "number" && typeof b === "number" ? a - b : order(String(a), String(b));
    return (state.down ? -by : by) || p - q;
  }
  const wanted = () => Object.fromEntries(all("[data-filter]").map((field) => [field.dataset.filter, field.value]));
  function fits(at, want, text) {
    const row = rows[at], found = agreed(row);
    return (!want.state || row.state === want.state) && (!want.choice || row.choice === want.choice)
      && (!want.kind || row.kind === want.kind)
      && (!want.consistent || found === (want.consistent === "yes" ? "same" : "changed"))
      && (!want.failure || (want.failure === "none" ? !row.failure : want.failure === "any" ? row.failure : row.failure === want.failure))
      && (!text || texts[at].includes(text));
  }
  function list() {
    const want = wanted(), text = want.text.trim().toLowerCase();
    if (text && !texts) texts = rows.map((row, at) => `${row.id} ${row.scene} ${row.words} ${details[at]}`.toLowerCase());
    shown = rows.map((_, at) => at).filter((at) => fits(at, want, text));
    if (state.sort) shown.sort(compare);
    state.current = 0;
    one(".list").setAttribute("aria-rowcount", shown.length + 1);
    one(".count").textContent = shown.length === rows.length
      ? count(rows.length, "pairs") : `${count(shown.length, "of")} ${count(rows.length, "pairs")}`;
    none.hidden = shown.length > 0;
    for (const button of all("[data-sort]")) {
      const how = button.dataset.sort !== state.sort ? "none" : state.down ? "descending" : "ascending";
      button.closest("th").setAttribute("aria-sort", how);
    }
    draw(true);
  }
  function sort(name) { // up, down, and then as at the start
    if (state.sort !== name) Object.assign(state, { sort: name, down: false });
    else if (!state.down) state.down = true;
    else Object.assign(state, { sort: "", down: false });
    list();
  }
  function reset() {
    for (const field of all("[data-filter]")) field.value = "";
    Object.assign(state, { sort: "", down: false });
    list();
    one("[data-filter=text]").focus();
  }
  function go(place) { // bring a row into sight and the focus to it
    if (!shown.length) return;
    state.current = Math.max(0, Math.min(place, shown.length - 1));
    const top = body.getBoundingClientRect().top + state.current * height, head = one(".list thead").offsetHeight;
    if (top < head) scrollBy(0, Math.floor(top - head));
    else if (top + height > innerHeight) scrollBy(0, Math.ceil(top + height - innerHeight));
    draw(true);
    one(`tr[data-at="${state.current}"]`, body).focus({ preventScroll: true });
  }

  const act = { before: () => walk(-1), after: () => walk(1), close: () => dialog.close(), reset };
  const lens = viewer(dialog, () => dialog.open, {
    pageup: act.before, pagedown: act.after, escape: () => (lens.chosen() ? lens.choose(-1) : dialog.close()),
  });

  function claim([text, region, aspect, favours, grounding, a, b, evidence], at) {
    const made = one("#claim").content.cloneNode(true), button = one(".claim", made), numbers = one(".numbers", made);
    numbers.id = `numbers-${at}`;
    button.setAttribute("aria-controls", numbers.id);
    if (a) Object.assign(button.dataset, { a: a.join(" "), b: b.join(" ") });
    one(".side", made).textContent = favours === "same" ? "=" : favours.toUpperCase();
    one(".favours", made).textContent = favours === "same" ? "no side" : `favours ${favours.toUpperCase()}`;
    one(".topic", made).textContent = `${region} · ${aspect}`;
    one(".text", made).textContent = text;
    one(".about", made).append(one(`#mark-${grounding}`).content.cloneNode(true));
    one(".unplaced", made).hidden = Boolean(a);
    for (const [says, scale, ...numbers] of evidence) {
      const line = make("tr"), head = make("th", says);
      head.scope = "row";
      head.append(make("small", scale));
      line.append(head, ...numbers.map((v) => make("td", v)));
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
  function photo(pane, shot) {
    const img = one("img", pane), absent = one(".absent", pane), letter = pane.dataset.side.toUpperCase();
    const why = shot ? shot.why : "The run holds no photo of a pair that failed.";
    img.removeAttribute("src");
    pane.classList.toggle("empty", !shot?.size);
    [img.width, img.height] = shot?.size ?? [1, 1];
    img.className = typeof shot?.src === "string" ? `linked ${shot.half}`.trim() : "";
    img.alt = shot ? `Photo ${letter}: ${shot.name}` : "";
    if (shot && shot.src !== undefined) img.src = typeof shot.src === "number" ? photos[shot.src] : shot.src;
    absent.textContent = why ?? "";
    absent.hidden = !why;
    one(".file", pane).textContent = one(".file", pane).title = shot ? shot.name : "";
    one(".size", pane).textContent = shot?.size ? `${shot.size[0]} × ${shot.size[1]}` : "";
    return img;
  }
  function headline(row) {
    return `${row.forced ? "Not a pair, judged by force: " : ""}${outcome(row)}`;
  }
  function outcome(row) {
    if (row.failure) return `No verdict: ${failure(row)}`;
    if (row.choice === "tie") return row.consistent === false ? "The choice changed with the order" : row.alike ? "No visible difference" : "About as good";
    return `${row.versions ? `${row.versions[row.choice === "a" ? 0 : 1]} (${row.choice.toUpperCase()})` : `Photo ${row.choice.toUpperCase()}`} is better`;
  }
  function facts(row, more) {
    const people = row.label ? `${side(row, row.label)}${row.state === "right" || row.state === "wrong" ? ` (the judge ${STATE[row.state]})` : ""}` : "";
    const said = Object.entries(more.orders).some(([, word]) => word === DERIVED) ? [] : Object.entries(more.orders).map(([name, word]) => `${name === "ab" ? "A" : "B"} shown first: ${word}`);
    const listed = [["Pair", row.id], ["Scene", row.scene], ["Kind", row.kind === "other" ? "" : row.kind], ["People prefer", people],
      ["Both orders", said.join(", ")], ...Object.entries(more.columns)];
    one(".facts").replaceChildren(...listed.filter(([, text]) => text).flatMap(([name, text]) => [make("dt", name), make("dd", text)]));
  }
  function rating([judge, number, exchanged, words, failed]) {
    const head = number === null ? `Not rated: ${data.failures[failed] ?? failed}` : `Rated ${number} of 10`;
    const swapped = exchanged === null ? "" : `, and ${exchanged} with A and B exchanged in the reasons`;
    const by = make("p", `by ${judge}${swapped}`, "legend"), more = make("details");
    if (!words) return [make("h2", head), by];
    more.open = true;
    more.append(make("summary", "The rater’s own words"), make("pre", words));
    return [make("h2", head), by, more];
  }
  function fill(row, more) {
    const pane = (name) => one(`[data-side="${name}"]`, dialog);
    const imgs = ["a", "b"].map((name, at) => photo(pane(name), more.photos[at]));
    for (const name of ["a", "b"]) one(".chosen", pane(name)).hidden = row.choice !== name;
    one(".verdict").textContent = headline(row);
    const p = row.choice === "a" ? more.p_a : 1 - more.p_a;
    one(".probability", dialog).textContent = row.failure ? more.detail : row.choice === "tie" ? "" : `${percent(p)} probability that people prefer it`;
    if (more.unfamiliar) one(".probability", dialog).append(" ", make("span", more.unfamiliar, "unfamiliar"));
    const notes = [...more.notes, ...(more.against ? ["The reasons, taken together, argue against the choice."] : [])];
    if (row.state === "wrong") notes.unshift(`People prefer ${side(row, row.label)}.`);
    if (row.consistent === false && row.choice !== "tie") notes.unshift("The judge chose otherwise when the photos changed places.");
    one(".notes", dialog).replaceChildren(...notes.map((note) => make("li", note)));
    one(".claims", dialog).replaceChildren(...more.claims.flatMap((said, at) => [...heading(more.headings[at]), claim(said, at)]));
    one(".no-claims").hidden = more.claims.length > 0;
    for (const [name, text] of [["words", more.said], ["swapped", more.swapped], ["expert", more.reference]]) {
      one(`.${name}`, dialog).hidden = !text;
      one(`.${name} pre`, dialog).textContent = text;
    }
    one("details.words").open = !more.claims.length;
    one(".rated", dialog).replaceChildren(...more.rated.flatMap(rating));
    facts(row, more);
    return imgs;
  }
  function open(place) {
    const at = shown[place], row = rows[at];
    Object.assign(state, { current: place, open: at });
    const more = JSON.parse(details[at]), imgs = fill(row, more);
    if (!dialog.open) dialog.showModal();
    one("aside", dialog).scrollTop = 0;
    lens.load(more.map);
    dialog.classList.remove("ready"); // no photo is seen in another's place
    const known = imgs.filter((img) => img.src);
    Promise.allSettled(known.map((img) => img.decode())).then((ends) => {
      if (state.open !== at) return;
      ends.forEach((end, i) => {
        if (end.status === "fulfilled") return;
        const absent = one(".absent", known[i].parentElement);
        absent.textContent = "The photo cannot be shown: is the page still where it was written?";
        absent.hidden = false;
      });
      dialog.classList.add("ready");
    });
    lens.tell(`${row.id}, ${place + 1} of ${shown.length}`);
  }
  function walk(by) {
    const place = state.current + by;
    if (place >= 0 && place < shown.length) open(place);
    else lens.tell(by < 0 ? "This is the first pair" : "This is the last pair");
  }

  for (const button of all("[data-sort]")) button.addEventListener("click", () => sort(button.dataset.sort));
  for (const button of all("[data-act]")) button.addEventListener("click", () => act[button.dataset.act]());
  for (const field of all("[data-filter]")) {
    const typed = field.type === "search";
    field.addEventListener(typed ? "input" : "change", () => { clearTimeout(timer); timer = setTimeout(list, typed ? FOUND : 0); });
  }
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-at]");
    if (row) open(+row.dataset.at);
  });
  body.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.closest("tr[data-at]")) return;
    const page = Math.max(1, Math.floor(innerHeight / height) - 2), at = state.current;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: shown.length }[event.key];
    if (to === undefined && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    if (to === undefined) open(at); else go(to);
  });
  dialog.addEventListener("close", () => { state.open = -1; go(state.current); });
  addEventListener("scroll", () => draw(false), { passive: true });
  addEventListener("resize", () => { height = 0; draw(true); });
  list();
})();
