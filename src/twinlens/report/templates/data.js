// The data of the page. Pieces stand in it, as JSON, or are scripts beside it that call `piece`; the index has every row.
const dom = (() => {
  function make(name, text = "", kind = "") {
    const made = document.createElement(name);
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }
  return {
    make,
    one: (selector, within = document) => within.querySelector(selector),
    all: (selector, within = document) => [...within.querySelectorAll(selector)],
  };
})();

const pieces = (() => {
  const MOST = 60; // pieces that stay in memory
  const folder = document.body.dataset.files, waiting = new Map(), known = new Map();
  globalThis.piece = (name, data) => waiting.get(name)?.(data);
  function fetched(name) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const end = (then) => (value) => { waiting.delete(name); script.remove(); then(value); };
      waiting.set(name, end(resolve));
      script.onerror = () => end(reject)(new Error(`${folder}/${name}.js cannot be read: is the folder ${folder} still beside this page?`));
      script.src = `${encodeURIComponent(folder)}/${name}.js`;
      document.head.append(script);
    });
  }
  function get(name) {
    if (!known.has(name)) {
      const inside = document.getElementById(`piece-${name}`);
      known.set(name, inside ? Promise.resolve(JSON.parse(inside.textContent)) : fetched(name));
      known.get(name).catch(() => known.delete(name));
      if (known.size > MOST) known.delete(known.keys().next().value);
    }
    return known.get(name);
  }
  return { get, folder };
})();

const readIndex = (index) => {
  const KINDS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array };
  const unpacked = ({ bytes, base64 }) => new KINDS[bytes](Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
  const worded = (columns) => Object.fromEntries(Object.entries(columns).map(([name, column]) => [
    name, { words: [null, ...column.words], codes: unpacked(column) }, // numbers have one added to them
  ]));
  const words = worded(index.words), columns = worded(index.columns);
  const numbers = Object.fromEntries(Object.entries(index.numbers).map(([name, packed]) => [name, unpacked(packed)]));
  const number = (name, at) => numbers[name][at] - 1;
  const word = (name, at) => words[name].words[words[name].codes[at]];
  const photoOf = (at, side) => number(side, at);
  function row(at) {
    const made = { at, id: index.ids[at] };
    for (const name of Object.keys(words)) made[name] = word(name, at);
    for (const name of Object.keys(numbers)) made[name] = number(name, at);
    made.versions = made.version_a ? { a: made.version_a, b: made.version_b } : null;
    return made;
  }
  const piece = (name, size, at) => pieces.get(`${name}-${Math.floor(at / size)}`).then((some) => some[at % size]);
  const photos = Math.max(...["a", "b"].map((side) => numbers[side].reduce((most, number) => Math.max(most, number), 0)));
  const shot = (photo) => piece("photos", index.shots, photo); // what is shown of a photo, and its name
  const picture = (src) => (typeof src === "number" ? pieces.get(`photo-${src}`) : Promise.resolve(src));
  async function thumbnail(photo) { // an address of a picture; "" where there is none
    if (photo < 0) return "";
    const [shown] = await shot(photo);
    return /^[0-9a-f]{16}$/.test(shown) ? `${encodeURIComponent(pieces.folder)}/thumbs/${shown}.webp` : picture(shown);
  }
  const name = async (photo) => (await shot(photo))[1];
  async function byName() { // the numbers of all photos by their names
    const made = new Map();
    for (let photo = 0; photo < photos; photo += 1) made.set(await name(photo), photo);
    return made;
  }
  const p_a = (at) => { // the probability that people prefer a; null where there is no choice
    const choice = word("choice", at), sure = number("confidence", at) / 10000;
    return choice === "a" ? sure : choice === "b" ? 1 - sure : choice === "tie" ? 0.5 : null;
  };
  const details = (at) => piece("rows", index.rows, at);
  async function containing(text, goesOn) { // 1 for each row in whose texts it stands; null where it goes on no more
    const made = new Uint8Array(index.ids.length), SOME = 8; // pieces that are read at once
    for (let first = 0; first * index.find < made.length; first += SOME) {
      const left = Math.ceil(made.length / index.find) - first;
      const texts = await Promise.all(Array.from({ length: Math.min(SOME, left) }, (_, i) => pieces.get(`find-${first + i}`)));
      if (!goesOn()) return null;
      texts.flat().forEach((one, i) => { made[first * index.find + i] = one.includes(text); });
    }
    return made;
  }
  return {
    size: index.ids.length, ids: index.ids, words, columns, numbers, failures: index.failures,
    number, word, photoOf, row, thumbnail, picture, name, byName, p_a, details, containing,
  };
};

// How rows are said in words.
const say = {
  STATE: { wrong: "disagrees", right: "agrees", tied: "tie", open: "–", failed: "failed" },
  percent: (p) => (p > 0.99 ? "over 99 %" : p < 0.01 ? "under 1 %" : `${Math.floor(100 * p + 0.5)} %`),
  count: (n, words) => `${n.toLocaleString("en")} ${n === 1 ? words.replace(/s$/, "") : words}`,
  side(row, value) {
    if (!value) return "–";
    if (value === "tie") return "tie";
    return value.toUpperCase() + (row.versions ? `: ${row.versions[value]}` : "");
  },
  outcome(row, failures) {
    if (row.failure) return `No verdict: ${failures[row.failure] ?? row.failure}`;
    if (row.choice === "tie" && row.orders === "changed") return "The choice changed with the order";
    if (row.choice === "tie") return row.alike ? "No visible difference" : "About as good";
    return `${row.versions ? `${row.versions[row.choice]} (${row.choice.toUpperCase()})` : `Photo ${row.choice.toUpperCase()}`} is better`;
  },
};
