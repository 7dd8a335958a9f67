// The list: a row a pair, sorted by the heads of its columns; only rows in sight are in the document.
const pairList = (run, listing, opened, reached) => {
  const { one, all, make } = dom, table = one(".list"), body = one("tbody", table);
  let at = 0, high = 0, columns = 8;

  const agreed = (row) => row.orders || "–";
  function tableRow(place) {
    const row = run.row(listing.state.shown[place]), made = make("tr");
    made.dataset.at = place;
    made.tabIndex = place === at ? 0 : -1;
    made.setAttribute("aria-rowindex", place + 2);
    const checked = `${row.supported} ✓${row.contradicted ? `  ${row.contradicted} ✕` : ""}`;
    const claims = row.claims > row.opinions ? checked : row.claims ? "opinions only:" : "–";
    const cells = [
      ["state", say.STATE[row.state], row.state], ["id", row.id], ["kind", row.kind, "dim"],
      ["choice", row.failure ? run.failures[row.failure] ?? row.failure : say.side(row, row.choice), row.failure ? "failed" : ""],
      ["label", say.side(row, row.label)], ["confidence", row.confidence < 0 ? "–" : say.percent(row.confidence / 10000)],
      ["orders", agreed(row), row.orders === "changed" ? "wrong" : "dim"], ["rating", row.rating < 0 ? "–" : String(row.rating)], ["contradicted", row.about ? `${claims}  ${row.about}` : claims],
    ];
    for (const [name, text, kind] of cells) made.append(make("td", text, `${name} ${kind ?? ""}`.trim()));
    made.children[1].replaceChildren(make("bdi", row.id)); // where it is cut, its end is seen
    made.children[1].title = row.scene ? `${row.id}, scene ${row.scene}` : row.id;
    return made;
  }
  function spacer(room) {
    const made = make("tr"), cell = make("td");
    made.setAttribute("aria-hidden", "true");
    cell.colSpan = columns;
    cell.style.height = `${room}px`;
    made.append(cell);
    return made;
  }
  const roll = rolling({
    body, lines: () => listing.state.shown.length, high: () => high,
    put(first, last, before, after) {
      const focused = document.activeElement?.closest?.("tr[data-at]"), made = [spacer(before)];
      for (let place = first; place < last; place += 1) made.push(tableRow(place));
      body.replaceChildren(...made, spacer(after));
      if (focused) row(at)?.focus({ preventScroll: true });
    },
  });
  const row = (place) => one(`tr[data-at="${place}"]`, body);
  function update() {
    if (!body.offsetParent) return;
    const many = listing.state.shown.length;
    at = Math.min(at, Math.max(0, many - 1));
    columns = all("thead th", table).filter((head) => head.offsetWidth).length;
    if (many) {
      body.replaceChildren(tableRow(0));
      high = body.firstChild.getBoundingClientRect().height;
    }
    table.setAttribute("aria-rowcount", many + 1);
    for (const button of all("[data-sort]", table)) {
      const how = button.dataset.sort !== listing.state.sort ? "none" : listing.state.down ? "descending" : "ascending";
      button.closest("th").setAttribute("aria-sort", how);
    }
    roll.draw(true);
    reached(roll.many(), many);
  }
  function go(place) { // bring a row into sight and the focus to it
    if (!listing.state.shown.length) return;
    at = Math.max(0, Math.min(place, roll.many() - 1));
    roll.reveal(at, one("thead", table).offsetHeight);
    row(at)?.focus({ preventScroll: true });
  }
  for (const button of all("[data-sort]", table)) button.addEventListener("click", () => { at = 0; listing.turn(button.dataset.sort); });
  body.addEventListener("click", (event) => {
    const found = event.target.closest("tr[data-at]");
    if (found) { at = +found.dataset.at; opened(at); }
  });
  body.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.closest("tr[data-at]")) return;
    const page = Math.max(1, Math.floor(innerHeight / high) - 2);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: listing.state.shown.length }[event.key];
    if (to === undefined && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    if (to === undefined) opened(at); else go(to);
  });
  addEventListener("resize", () => update());
  return { update, go, first: () => { at = 0; } };
};
