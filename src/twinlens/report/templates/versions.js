// All versions of one photo: the groups of a run, the best of each, and the strip below the photos that steps through them.
const versionsOf = (run) => {
  const groups = new Map(), ofRow = new Array(run.size).fill(null);
  const rows = run.words.version_a.words.length > 2 ? run.size : 0; // beside no row and no word: a run of versions
  for (let at = 0; at < rows; at += 1) {
    const names = [run.word("version_a", at), run.word("version_b", at)], name = run.word("scene", at) || run.ids[at];
    if (!names[0]) continue;
    if (!groups.has(name)) groups.set(name, { name, versions: new Map(), pairs: new Map() });
    const group = (ofRow[at] = groups.get(name)), p = run.p_a(at), photos = [run.photoOf(at, "a"), run.photoOf(at, "b")];
    names.forEach((version, i) => {
      if (!group.versions.has(version)) group.versions.set(version, { name: version, photo: photos[i], row: at, side: "ab"[i], sum: 0, of: 0, won: 0 });
      const one = group.versions.get(version);
      if (one.photo < 0) Object.assign(one, { photo: photos[i], row: at, side: "ab"[i] });
      if (p !== null) {
        one.sum += i ? 1 - p : p;
        one.won += p === 0.5 ? 0.5 : Number(p > 0.5 === (i === 0));
        one.of += 1;
      }
    });
    group.pairs.set(`${names[0]}\n${names[1]}`, at);
  }
  const order = [...new Set([...groups.values()].flatMap((group) => [...group.versions.keys()]))].sort();
  for (const group of groups.values()) {
    group.versions = order.filter((name) => group.versions.has(name)).map((name) => group.versions.get(name));
    for (const one of group.versions) one.share = one.of ? one.sum / one.of : null; // the mean probability that people prefer it
    group.ranked = [...group.versions].sort((p, q) => q.won - p.won || (q.share ?? -1) - (p.share ?? -1)); // by pairs won
  }
  const most = Math.max(0, ...[...groups.values()].map((group) => group.versions.length));
  function pair(group, one, other) { // the row that judged two versions, and whether the first is its b; null: none did
    const at = group.pairs.get(`${one.name}\n${other.name}`) ?? null;
    if (at !== null) return { at, turned: false };
    const back = group.pairs.get(`${other.name}\n${one.name}`) ?? null;
    return back === null ? null : { at: back, turned: true };
  }
  return { groups, ofRow, most, pair };
};

// The strip: `chosen(version, keep)` where a version is to be put beside the one that stays, or is to stay itself.
const strip = (run, marks, chosen) => {
  const { one, make } = dom, box = one(".strip");
  let shown = { group: null, kept: null, other: null };
  function draw() {
    const { group, kept, other } = shown;
    box.hidden = !group || group.versions.length < 2;
    if (box.hidden) return box.replaceChildren();
    box.replaceChildren(...group.versions.map((version) => {
      const made = make("button", "", "version"), img = make("img"), { text, words } = marks.label(version.photo);
      const role = version === kept ? "stays" : version === other ? "beside it" : "";
      Object.assign(made, { type: "button", title: version.name });
      made.dataset.version = version.name;
      made.setAttribute("aria-pressed", String(Boolean(role)));
      made.classList.toggle("kept", version === kept);
      Object.assign(img, { alt: "", width: 96, height: 64, loading: "lazy" });
      run.thumbnail(version.photo).then((src) => { if (src) img.src = src; });
      const best = version === group.ranked[0] ? "best, " : "", share = version.share === null ? "not judged" : say.percent(version.share);
      made.append(img, make("span", version.name, "name"), make("span", `${best}${share}`, "share"), make("span", role, "role"), make("span", text, "mark"), make("span", words, "unseen"));
      made.addEventListener("click", () => chosen(version, false));
      return made;
    }));
    one(".version[aria-pressed=true]:not(.kept)", box)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  function show(group, kept, other) {
    shown = { group, kept, other };
    draw();
  }
  function step(by) { // round, past the one that stays
    const rest = shown.group?.versions.filter((version) => version !== shown.kept) ?? [];
    if (rest.length) chosen(rest[(rest.indexOf(shown.other) + by + rest.length) % rest.length], false);
  }
  const keep = () => { if (shown.other) chosen(shown.kept, true); };
  return { show, draw, step, keep };
};
