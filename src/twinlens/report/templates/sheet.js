// The contact sheet: a card a pair, or a card a photo with all its versions; only cards in sight are in the document.
const contactSheet = (run, marks, versions, listing, opened, reached) => {
  const { one, make } = dom, body = one(".sheet"), size = one("[data-sheet=size]"), group = one("[data-sheet=group]");
  const GAP = 12, FINE = 4, CAPTION = 54, WIDE = 2200, SMALL = 680;
  let items = [], cards = new Map(), per = 1, across = 2, high = 0, at = { item: 0, shot: 0 };

  const grouped = () => group?.value === "photo";
  const width = () => body.clientWidth - parseFloat(getComputedStyle(body).paddingLeft) * 2;
  function collect() {
    const shown = listing.state.shown;
    items = grouped() ? [...new Set(Array.from(shown, (row) => versions.ofRow[row] ?? row))] : shown;
  }
  function measure() {
    const wide = width(), most = grouped() ? versions.most : 2;
    across = Math.max(1, Math.min(most, Math.floor((wide + FINE) / (+size.value + FINE))));
    if (wide < SMALL && most >= 2) across = Math.max(2, across);
    if (most > across) across = Math.ceil(most / Math.ceil(most / across)); // even rows of versions
    const card = across * (+size.value + FINE);
    per = Math.max(1, Math.round((wide + GAP) / (card + GAP)));
    const shot = Math.floor(((wide - (per - 1) * GAP) / per - (across - 1) * FINE) / across);
    const rows = Math.ceil(most / across), tall = Math.round(shot * 0.75);
    const caption = CAPTION * (parseFloat(getComputedStyle(body).fontSize) / 14);
    high = Math.ceil(rows * (tall + FINE) + caption + GAP);
    for (const [name, value] of [["--per", per], ["--across", across], ["--tall", `${tall}px`], ["--card", `${high - GAP}px`]]) body.style.setProperty(name, value);
  }

  function shot(photo, tag, words, place, better) {
    const made = make("button", "", "shot"), img = make("img");
    made.type = "button";
    Object.assign(made.dataset, place, { photo });
    made.tabIndex = place.item === at.item && place.shot === at.shot ? 0 : -1;
    made.classList.toggle("better", better);
    Object.assign(img, { alt: `${words}${better ? ", better" : ""}`, loading: "lazy", decoding: "async", draggable: false });
    made.append(img, make("span", tag, "tag"));
    run.thumbnail(photo).then((src) => {
      if (src) return Object.assign(img, { src });
      img.hidden = true;
      return made.append(make("span", photo < 0 ? "no photo" : "no thumbnail", "lacking"));
    });
    made.append(Object.assign(make("span", "", "mark"), { ariaHidden: "true" }), make("span", "", "unseen"));
    marked(made);
    return made;
  }
  function marked(shot) { // pick and stars of a photo as they now are
    const { text, rejected, words } = marks.label(+shot.dataset.photo);
    one(".mark", shot).textContent = text;
    one(".unseen", shot).textContent = words;
    shot.classList.toggle("rejected", rejected);
  }
  function bar(p) { // from one half to certain
    const made = make("span", "", "bar-of"), fill = make("span");
    made.setAttribute("aria-hidden", "true");
    fill.style.width = `${Math.max(0, Math.min(1, 2 * p - 1)) * 100}%`;
    made.append(fill);
    return made;
  }
  function caption(name, result, p, more, grave) {
    const made = make("p", "", "cap"), first = make("span", "", "line"), second = make("span", "", "line");
    first.append(Object.assign(make("b", name, "id"), { title: name }));
    if (more) first.append(make("span", more, grave ? "people wrong" : "people"));
    second.append(make("span", result, "result"));
    if (p !== null) second.append(bar(p), make("span", say.percent(p), "percent"));
    made.append(first, second);
    return made;
  }
  function pairCard(item) {
    const row = run.row(items[item]), made = make("li", "", "card"), shots = make("div", "", "shots");
    ["a", "b"].forEach((side, i) => {
      const name = row.versions?.[side], words = `Photo ${side.toUpperCase()}${name ? `, ${name},` : ""} of ${row.id}`;
      shots.append(shot(row[side], name ?? side.toUpperCase(), words, { item, shot: i }, row.choice === side));
    });
    const sure = row.confidence < 0 || row.choice === "tie" ? null : row.confidence / 10000;
    const result = row.failure ? run.failures[row.failure] ?? row.failure : row.choice === "tie" ? "neither" : `${row.versions?.[row.choice] ?? row.choice.toUpperCase()} better`;
    const people = row.label ? `people: ${row.label === "tie" ? "tie" : row.label.toUpperCase()}` : "";
    made.append(shots, caption(row.id, result, sure, people, row.state === "wrong"));
    made.classList.toggle("failed-card", Boolean(row.failure));
    return made;
  }
  function photoCard(item) {
    const group = items[item];
    if (typeof group === "number") return pairCard(item);
    const made = make("li", "", "card"), shots = make("div", "", "shots"), [best, next] = group.ranked;
    group.versions.forEach((version, i) => {
      const words = `${version.name} of ${group.name}`;
      shots.append(shot(version.photo, version.name, words, { item, shot: i }, version === best && version.share !== null));
    });
    const judged = next && versions.pair(group, best, next), p = judged ? run.p_a(judged.at) : null;
    const lead = p === null ? null : judged.turned ? 1 - p : p;
    const result = best.share === null ? "no verdict" : lead === null ? `${best.name} best` : `${best.name} over ${next.name}`;
    made.append(shots, caption(group.name, result, lead, say.count(group.versions.length, "versions")));
    return made;
  }

  const roll = rolling({
    body, lines: () => Math.ceil(items.length / per), high: () => high,
    put(first, last, before, after, anew) {
      const focused = body.contains(document.activeElement), known = new Map(anew ? [] : cards), shown = [];
      cards = new Map();
      for (let item = first * per; item < Math.min(last * per, items.length); item += 1) {
        cards.set(item, known.get(item) ?? (grouped() ? photoCard(item) : pairCard(item)));
        shown.push(cards.get(item));
      }
      body.style.paddingTop = `${before}px`;
      body.style.paddingBottom = `${after}px`;
      body.replaceChildren(...shown);
      if (focused) current()?.focus({ preventScroll: true });
    },
  });
  const current = () => one(`.shot[data-item="${at.item}"][data-shot="${at.shot}"]`, body);
  const shots = (item) => (typeof items[item] === "object" ? items[item].versions.length : 2);
  function photoAt() {
    const item = items[at.item];
    return typeof item === "object" ? item.versions[at.shot].photo : run.photoOf(item, "ab"[at.shot]);
  }
  function update(reset = true) {
    collect();
    measure();
    if (reset) at = { item: 0, shot: 0 };
    roll.draw(true);
    reached(roll.many() * per, items.length);
  }
  function go(item, shot) {
    if (!items.length) return;
    at.item = Math.max(0, Math.min(item, items.length - 1, roll.many() * per - 1));
    at.shot = Math.max(0, Math.min(shot, shots(at.item) - 1));
    roll.reveal(Math.floor(at.item / per), one(".bar").getBoundingClientRect().bottom > 0 && getComputedStyle(one(".bar")).position === "sticky" ? one(".bar").offsetHeight : 0);
    current()?.focus({ preventScroll: true });
  }
  function along(by) { // from photo to photo, across cards
    const shot = at.shot + by;
    if (shot >= 0 && shot < shots(at.item)) go(at.item, shot);
    else if (by > 0 && at.item + 1 < items.length) go(at.item + 1, 0);
    else if (by < 0 && at.item) go(at.item - 1, shots(at.item - 1) - 1);
  }
  function across_(by) { // a row of photos up or down, within a card and beyond
    const shot = at.shot + by * across;
    if (shot >= 0 && shot < shots(at.item)) return go(at.item, shot);
    const item = at.item + by * per, rows = Math.ceil(shots(Math.max(0, Math.min(item, items.length - 1))) / across), column = at.shot % across;
    if (item >= 0 && item < items.length) go(item, by > 0 ? column : (rows - 1) * across + column);
  }
  const page = () => per * Math.max(1, Math.floor(innerHeight / high) - 1);
  const keys = {
    ArrowRight: () => along(1), ArrowLeft: () => along(-1), ArrowDown: () => across_(1), ArrowUp: () => across_(-1),
    PageDown: () => go(at.item + page(), at.shot), PageUp: () => go(at.item - page(), at.shot),
    Home: () => go(0, 0), End: () => go(items.length - 1, 0), Enter: () => opened(at.item, at.shot), " ": () => opened(at.item, at.shot),
  };
  body.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.closest(".shot")) return;
    const mark = /^[pxu0-5]$/i.test(event.key) ? event.key.toLowerCase() : null;
    if (!mark && !keys[event.key]) return;
    event.preventDefault();
    if (mark) marks.set(photoAt(), mark); else keys[event.key]();
  });
  body.addEventListener("click", (event) => {
    const { item, shot } = event.target.closest(".shot")?.dataset ?? {};
    if (item === undefined) return;
    at = { item: +item, shot: +shot };
    opened(at.item, at.shot);
  });
  body.addEventListener("focusin", (event) => {
    const { item, shot } = event.target.closest(".shot")?.dataset ?? {};
    if (item === undefined || (+item === at.item && +shot === at.shot)) return;
    const before = current();
    if (before) before.tabIndex = -1;
    at = { item: +item, shot: +shot };
    event.target.tabIndex = 0;
  });
  const usual = () => (innerWidth < SMALL ? 150 : innerWidth > WIDE ? 300 : 190);
  size.value = usual();
  size.addEventListener("input", () => update(false));
  group?.addEventListener("change", () => update());
  addEventListener("resize", () => { measure(); roll.draw(true); });
  return { update, go, item: (at) => items[at], many: () => items.length, remark: () => dom.all(".shot", body).forEach(marked), at: () => at };
};
