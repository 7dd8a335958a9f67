// Which rows are shown, in which order: the fields above the sheet and the list, and what is found in texts.
const filters = (run, marks, changed) => {
  const { one, all } = dom, FOUND = 120, MOST_VALUES = 500;
  const BANDS = { 90: [9000, 10001], 75: [7500, 9000], 60: [6000, 7500], 50: [0, 6000] };
  const fields = all("[data-filter]"), orders = new Map();
  const state = { sort: "", down: false, shown: new Uint32Array(0) };
  let found = { text: "", rows: null }, lower = null, timer = 0;

  const want = () => Object.fromEntries(fields.map((field) => [field.dataset.filter, field.value]));
  function coded({ words, codes }, fits) { // rows by the words of a column, each word looked at once
    const fitting = words.map((word) => word !== null && fits(word));
    return (at) => fitting[codes[at]];
  }
  const is = (name, value) => coded(run.words[name], (word) => word === value);
  function valued(name, text) {
    const column = name === "scene" ? run.words.scene : run.columns[name], value = text.trim().toLowerCase();
    const exact = column.words.some((word) => word?.toLowerCase() === value);
    return coded(column, (word) => (exact ? word.toLowerCase() === value : word.toLowerCase().includes(value)));
  }
  function containing(text) {
    lower ??= run.ids.map((id) => id.toLowerCase());
    const columns = [run.words.scene, run.words.about, run.words.version_a, run.words.version_b, ...Object.values(run.columns)];
    const within = columns.map((column) => coded(column, (word) => word.toLowerCase().includes(text)));
    return (at) => lower[at].includes(text) || within.some((fits) => fits(at)) || (found.text === text && found.rows[at] === 1);
  }
  function tests() {
    const { text, state: stands, failure, confidence, column, value, marks: marked, ...plain } = want(), made = [];
    for (const [name, word] of Object.entries(plain)) if (word) made.push(is(name, word));
    if (stands) made.push(is("state", stands));
    if (failure) made.push(failure === "none" ? is("failure", "") : failure === "any" ? coded(run.words.failure, (word) => word !== "") : is("failure", failure));
    if (confidence) {
      const [low, high] = BANDS[confidence];
      made.push((at) => run.number("confidence", at) >= low && run.number("confidence", at) < high);
    }
    if (column && value.trim()) made.push(valued(column, value));
    if (marked) made.push((at) => ["a", "b"].some((side) => marks.fits(run.photoOf(at, side), marked)));
    if (text.trim()) made.push(containing(text.trim().toLowerCase()));
    return made;
  }

  const natural = (text) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));
  function keys(name) { // a number a row to sort by; rows without one come last
    const made = new Float64Array(run.size), last = 1e9;
    const each = (key) => { for (let at = 0; at < run.size; at += 1) made[at] = key(at); return made; };
    if (!name) return each((at) => run.number("place", at));
    if (name === "state") return each((at) => Math.max(10000, run.number("place", at)) >> 1);
    if (run.numbers[name]) return each((at) => (run.number(name, at) < 0 ? (name === "rating" ? last : -1) : run.number(name, at)));
    const column = name === "id" ? { words: run.ids, codes: null } : run.words[name];
    const said = column.words.map((word) => natural(word ?? "")), order = said.map((_, i) => i);
    order.sort((p, q) => (said[p] < said[q] ? -1 : said[p] > said[q] ? 1 : 0));
    const rank = new Float64Array(said.length);
    order.forEach((which, i) => { rank[which] = i && said[which] === said[order[i - 1]] ? rank[order[i - 1]] : i; });
    return each((at) => rank[column.codes ? column.codes[at] : at]);
  }
  function ordered() {
    const name = `${state.sort} ${state.down}`;
    if (!orders.has(name)) {
      const by = keys(state.sort), sign = state.down ? -1 : 1;
      orders.set(name, Uint32Array.from({ length: run.size }, (_, at) => at).sort((p, q) => sign * (by[p] - by[q]) || p - q));
    }
    return orders.get(name);
  }
  function update() {
    const made = tests();
    state.shown = made.length ? ordered().filter((at) => made.every((fits) => fits(at))) : ordered();
    const few = state.shown.length < run.size, all = say.count(run.size, "pairs");
    one(".count").textContent = few ? `${state.shown.length.toLocaleString("en")} of ${all}` : all;
    one(".pairs > .none").hidden = state.shown.length > 0;
    changed();
  }
  async function typed() {
    const wanted = () => want().text.trim().toLowerCase(), text = wanted();
    if (text && found.text !== text) {
      one(".count").textContent = "searching …";
      const rows = await run.containing(text, () => wanted() === text);
      if (!rows) return; // another text is searched meanwhile
      found = { text, rows };
    }
    update();
  }
  function sort(name, down = false) {
    Object.assign(state, { sort: name, down });
    update();
  }
  function turn(name) { // up, down, and then as at the start
    if (state.sort !== name) sort(name);
    else if (!state.down) sort(name, true);
    else sort("");
  }
  function reset() {
    for (const field of fields) field.value = "";
    one("[data-sheet=sort]").value = "";
    values();
    sort("");
  }
  function values() { // what a column can hold, to choose from
    const name = one("[data-filter=column]").value, column = name === "scene" ? run.words.scene : run.columns[name];
    const offered = (column?.words ?? []).filter(Boolean).slice(0, MOST_VALUES).sort((p, q) => (natural(p) < natural(q) ? -1 : 1));
    one("#values").replaceChildren(...offered.map((word) => Object.assign(document.createElement("option"), { value: word })));
    one("[data-filter=value]").disabled = !column;
  }

  const named = ["scene", ...Object.keys(run.columns)].filter((name) => (name === "scene" ? run.words.scene : run.columns[name]).words.length > 2);
  one("[data-filter=column]").replaceChildren(...["", ...named].map((name) => Object.assign(dom.make("option", name || "any"), { value: name })));
  one(".column-filter").hidden = !named.length;
  values();
  for (const field of fields) {
    const written = field.type === "search";
    field.addEventListener(written ? "input" : "change", () => {
      if (field.dataset.filter === "column") { one("[data-filter=value]").value = ""; values(); }
      clearTimeout(timer);
      timer = setTimeout(typed, written ? FOUND : 0);
    });
  }
  one("[data-sheet=sort]").addEventListener("change", (event) => {
    const [name, down] = event.target.value.split(" ");
    sort(name, down === "down");
  });
  return { state, update, turn, reset };
};
