// The page of a run: its views, what is opened from them, and the way from one to the next.
const start = (run) => {
  const { one, all } = dom, VIEWS = ["sheet", "list", "scores"];
  const view = () => (VIEWS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "sheet");
  const opened = { from: "sheet", place: 0, group: null, kept: null, other: null };
  const versions = versionsOf(run);

  const marks = picks(run, () => { sheet.remark(); pair.show(); strips.draw(); });
  const listing = filters(run, marks, () => { list.first(); sheet.update(); list.update(); });
  const strips = strip(run, marks, beside);
  const pair = pairView(run, marks, walk, { step: (by) => strips.step(by), keep: () => strips.keep() });
  const sheet = contactSheet(run, marks, versions, listing, (place, shot) => fromSheet(place, shot), reached);
  const list = pairList(run, listing, fromList, reached);

  const where = (name, place, many) => `${name}, ${place + 1} of ${many}`;
  function openRow(at, place, many, active, keep) {
    const group = versions.ofRow[at], [a, b] = group ? ["a", "b"].map((side) => group.versions.find((one) => one.name === run.word(`version_${side}`, at))) : [null, null];
    Object.assign(opened, { place, group, kept: a, other: b });
    strips.show(group && group.versions.length > 2 ? group : null, a, b);
    return pair.open({ at, active, keep, where: where(run.ids[at], place, many) });
  }
  function openVersions(group, kept, other, place, keep) {
    Object.assign(opened, { place, group, kept, other });
    const judged = versions.pair(group, kept, other), turned = Boolean(judged?.turned);
    strips.show(group, kept, other);
    const text = `${where(group.name, place, sheet.many())}: ${kept.name} stays, ${other.name} is beside it`;
    return pair.open({ at: judged?.at, unknown: judged ? null : [kept, other], turned, active: turned ? "a" : "b", keep, where: text });
  }
  function beside(version, stays) { // a version put beside the one that stays, or that one put beside another
    const { group, place, kept, other } = opened;
    if (stays) return openVersions(group, other, version, place, true);
    if (version === kept) return openVersions(group, kept, other, place, true);
    return openVersions(group, kept, version, place, true);
  }
  function fromSheet(place, shot = null, keep = false) {
    const item = sheet.item(place);
    opened.from = "sheet";
    if (typeof item === "number") return openRow(item, place, sheet.many(), shot === null ? null : "ab"[shot], keep);
    const [best, next] = item.ranked, chosen = shot === null ? null : item.versions[shot];
    return openVersions(item, best, chosen && chosen !== best ? chosen : next ?? best, place, keep);
  }
  function fromList(place, keep = false) {
    opened.from = "list";
    return openRow(listing.state.shown[place], place, listing.state.shown.length, null, keep);
  }
  function walk(by) {
    const place = opened.place + by, many = opened.from === "sheet" ? sheet.many() : listing.state.shown.length;
    if (place < 0 || place >= many) pair.lens.tell(by < 0 ? "This is the first" : "This is the last");
    else if (opened.from === "sheet") fromSheet(place, null, true);
    else fromList(place, true);
  }
  pair.dialog.addEventListener("close", () => (opened.from === "sheet" ? sheet : list).go(opened.place, 0));

  function reached(shown, many) { // where a browser scrolls no further, filters and sorting bring the rest
    one(".beyond").hidden = shown >= many;
    one(".beyond").textContent = `These are the first ${shown.toLocaleString("en")} of ${many.toLocaleString("en")}, as far as a browser scrolls: filter or sort to see the others.`;
  }
  function turnTo() {
    const now = view();
    for (const name of VIEWS) one(`#view-${name}`).hidden = name !== now;
    one("#pairs").hidden = now === "scores";
    one(".sheet-tools").classList.toggle("of-list", now === "list");
    for (const link of all("nav a")) {
      if (link.hash === `#${now}`) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    }
    scrollTo(0, 0);
    sheet.update(false);
    list.update();
  }
  const chooser = one("[data-picks]");
  chooser.addEventListener("change", async () => { await marks.load(chooser.files[0]); chooser.value = ""; });
  const acts = { reset: listing.reset, csv: marks.csv, xmp: marks.xmp, load: () => chooser.click() };
  for (const [name, act] of Object.entries(acts)) for (const button of all(`[data-act=${name}]`)) button.addEventListener("click", act);
  addEventListener("hashchange", turnTo);
  const wide = matchMedia("(min-width: 1101px)");
  const unfold = () => { one(".more").open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();
  listing.update();
  turnTo();
  marks.restore();
};
pieces.get("index").then((index) => start(readIndex(index))).catch((error) => {
  Object.assign(dom.one(".lost"), { hidden: false, textContent: error.message });
});
