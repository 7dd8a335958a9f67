// A long list of which only what is in sight is in the document. `lines` says how many lines there are, `high` how many
// pixels one takes (0: not known yet), `put(first, last, before, after, anew)` draws lines with so much room before and after.
const rolling = ({ body, lines, high, put }) => {
  const SPARE = 600; // pixels drawn above and below what is in sight
  const HIGHEST = 15e6; // pixels; browsers show no more of an element
  const many = () => Math.min(lines(), Math.floor(HIGHEST / (high() || 1)));
  let drawn = "";
  function draw(force = false) {
    if (!body.offsetParent) return;
    const all = many(), line = high() || 1, top = -body.getBoundingClientRect().top;
    const first = Math.max(0, Math.min(Math.floor((top - SPARE) / line), all - Math.ceil(innerHeight / line)));
    const last = Math.min(all, Math.max(0, Math.ceil((top + innerHeight + SPARE) / line)));
    const now = `${first} ${last} ${line} ${all}`;
    if (!force && now === drawn) return;
    drawn = now;
    put(first, Math.max(first, last), first * line, (all - Math.max(first, last)) * line, force);
  }
  function reveal(line, head) { // bring a line into sight, below what covers the top
    const top = body.getBoundingClientRect().top + line * high();
    if (top < head) scrollBy(0, Math.floor(top - head));
    else if (top + high() > innerHeight) scrollBy(0, Math.ceil(top + high() - innerHeight));
    draw(true);
  }
  addEventListener("scroll", () => draw(), { passive: true });
  return { draw, reveal, many };
};
