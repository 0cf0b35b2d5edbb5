// One chart on logarithmic axes: lines, bands, marks that can be reached with the keyboard.
const MARKS = [
  (r) => `M${r},0A${r},${r} 0 1 1 ${-r},0A${r},${r} 0 1 1 ${r},0Z`,
  (r) => `M${-r},${-r}H${r}V${r}H${-r}Z`,
  (r) => `M0,${-1.2 * r}L${1.15 * r},${r}H${-1.15 * r}Z`,
  (r) => `M0,${1.2 * r}L${1.15 * r},${-r}H${-1.15 * r}Z`,
  (r) => `M0,${-1.4 * r}L${1.3 * r},0L0,${1.4 * r}L${-1.3 * r},0Z`,
  (r) => `M${-r},${-r / 2}H${-r / 2}V${-r}H${r / 2}V${-r / 2}H${r}V${r / 2}H${r / 2}V${r}H${-r / 2}V${r / 2}H${-r}Z`,
];
const COLOURS = 8;
const look = (place) => ({ colour: `c${place % COLOURS}`, mark: MARKS[place % MARKS.length] });
const swatch = (place) => {
  const { colour, mark } = look(place);
  return make("svg", { class: `swatch ${colour}`, viewBox: "-16 -7 32 14", "aria-hidden": "true" },
    make("path", { class: "line", d: "M-15,0H15" }), make("path", { class: "point", d: mark(4) }));
};
const log = Math.log10;
const roundNumbers = (low, high, most) => {
  const powers = [];
  for (let power = Math.floor(log(low)); power <= Math.ceil(log(high)); power += 1) powers.push(power);
  const tries = [[1, 2, 5], [1]].map((digits) => powers.flatMap((power) => digits.map((d) => Number(`${d}e${power}`))));
  for (let step = 2; step < 8; step += 1) tries.push(powers.filter((p) => p % step === 0).map((p) => Number(`1e${p}`)));
  const inside = tries.map((ticks) => ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001));
  return inside.find((ticks) => ticks.length <= most) || inside.at(-1);
};
const spread = (wanted, gap, low, high) => {
  const order = wanted.map((y, at) => [y, at]).sort((a, b) => a[0] - b[0]);
  let floor = low;
  for (const entry of order) floor = (entry[0] = Math.max(entry[0], floor)) + gap;
  let roof = high;
  for (const entry of order.toReversed()) roof = (entry[0] = Math.min(entry[0], roof)) - gap;
  const placed = [];
  for (const [y, at] of order) placed[at] = y;
  return placed;
};

// series: [{name, place, points: [{n, y, low, high, cell, noisy, said}], missing: [{n, mark, cell}]}]
// others: [[[n, y]]], lines that are not told apart
// guides: [{name, points: [[n, y]]}], lines to hold the series against; steps: [{n, name}], sizes at which something changes
const chart = ({ name, about, series, unity, write, crossings = [], others = [], guides = [], steps = [], width, onCell }) => {
  const shown = series.filter((one) => one.points.length);
  const named = width >= 520;
  const strip = series.filter((one) => one.points.length && one.missing.length);
  const height = (width < 520 ? 300 : 360) + strip.length * 14;
  const left = 62, right = named ? (width < 900 ? 132 : 170) : 14, top = 12, bottom = 40;
  const root = make("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": name },
    make("title", {}, name), make("desc", {}, about));
  if (!shown.length) {
    root.append(make("text", { x: width / 2, y: height / 2, "text-anchor": "middle" }, "nothing here has a time"));
    return root;
  }
  const sizes = [...new Set(series.flatMap((one) => [...one.points, ...one.missing].map((point) => point.n)))].sort((a, b) => a - b);
  const values = shown.flatMap((one) => one.points.flatMap(({ y, low, high }) =>
    [y, known(low) ? Math.max(low, y / 3) : y, known(high) ? Math.min(high, y * 3) : y]));
  values.push(...others.flatMap((line) => line.map(([, value]) => value)));
  if (unity) values.push(1);
  values.push(...guides.flatMap(({ points }) => points.map(([, value]) => value)));
  let [least, most] = [Math.min(...values) / 1.3, Math.max(...values) * 1.3];
  if (most / least < 6) { const middle = Math.sqrt(least * most); [least, most] = [middle / 2.5, middle * 2.5]; }
  const [first, last] = sizes.length > 1 ? [sizes[0] / 1.5, sizes.at(-1) * 1.5] : [sizes[0] / 4, sizes[0] * 4];
  const plotBottom = height - bottom - strip.length * 14;
  const x = (n) => left + (width - left - right) * (log(n) - log(first)) / (log(last) - log(first));
  const y = (value) => {
    const at = top + (plotBottom - top) * (log(most) - log(value)) / (log(most) - log(least));
    return Math.min(Math.max(at, top), plotBottom);
  };
  const text = (said, at, extra) => make("text", { x: at[0].toFixed(1), y: at[1].toFixed(1), ...extra }, said);
  const grid = make("g", { class: "grid", "aria-hidden": "true" });
  const powers = sizes.filter((n) => Math.log2(n) % 2 === 0), ticks = powers.length > 2 ? powers : sizes;
  const every = Math.ceil(ticks.length / Math.max(2, Math.floor((width - left - right) / 52)));
  let free = 0; // sizes may be any: where the last text ends
  ticks.forEach((n, at) => {
    grid.append(make("line", { x1: x(n), x2: x(n), y1: top, y2: height - bottom }));
    if (at % every === 0 && x(n) - 22 >= free && (free = x(n) + 22)) grid.append(text(size(n), [x(n), height - bottom + 15], { "text-anchor": "middle" }));
  });
  for (const tick of roundNumbers(least, most, 8)) {
    grid.append(make("line", { x1: left, x2: width - right, y1: y(tick), y2: y(tick) }));
    grid.append(text(write(tick), [left - 6, y(tick) + 4], { "text-anchor": "end" }));
  }
  for (const { n, name: said } of steps.filter((step) => step.n > first && step.n < last)) {
    grid.append(make("line", { class: "step", x1: x(n), x2: x(n), y1: top, y2: plotBottom }), text(said, [x(n) + 3, plotBottom - 4], { class: "step-name" }));
  }
  grid.append(text("n, elements of one operand", [(left + width - right) / 2, height - 6], { "text-anchor": "middle" }));
  if (unity) grid.append(make("line", { class: "unity", x1: left, x2: width - right, y1: y(1), y2: y(1) }));
  root.append(grid);
  const texts = unity ? [{ said: unity, at: y(1), from: [width - right, y(1)], colour: "unity-name" }] : [];
  for (const { name: said, points } of guides) {
    const [n, value] = points.at(-1);
    grid.append(make("path", { class: "guide", d: `M${points.map(([at, v]) => `${x(at).toFixed(1)},${y(v).toFixed(1)}`).join("L")}` }));
    texts.push({ said, at: y(value), from: [x(n), y(value)], colour: "unity-name" });
  }
  for (const line of others) grid.append(make("path", { class: "other", d: `M${line.map(([n, value]) => `${x(n).toFixed(1)},${y(value).toFixed(1)}`).join("L")}` }));
  const marks = [];
  shown.forEach((one, row) => {
    const { colour, mark } = look(one.place);
    const group = make("g", { class: colour });
    const runs = [[]];
    const gone = new Set(one.missing.map(({ n }) => n));
    for (const n of sizes) {
      const point = one.points.find((candidate) => candidate.n === n);
      if (point) runs.at(-1).push(point); else if (gone.has(n)) runs.push([]);
    }
    for (const run of runs.filter((points) => points.length)) {
      const banded = run.filter((point) => known(point.low));
      if (banded.length > 1) {
        const up = banded.map((point) => `${x(point.n).toFixed(1)},${y(point.high).toFixed(1)}`);
        const down = banded.toReversed().map((point) => `${x(point.n).toFixed(1)},${y(point.low).toFixed(1)}`);
        group.append(make("path", { class: "band", d: `M${[...up, ...down].join("L")}Z` }));
      }
      group.append(make("path", { class: "line", d: `M${run.map((point) => `${x(point.n).toFixed(1)},${y(point.y).toFixed(1)}`).join("L")}` }));
    }
    for (const point of one.points) {
      const node = make("path", {
        class: point.noisy ? "point noisy" : "point", d: mark(4.5), tabindex: "-1", role: "button",
        transform: `translate(${x(point.n).toFixed(1)},${y(point.y).toFixed(1)})`,
        "aria-label": `${one.name}, ${size(point.n)} elements: ${point.said}`,
      });
      onCell(node, point.cell);
      marks.push({ node, row, n: point.n });
      group.append(node);
    }
    root.append(group);
    const end = one.points.at(-1);
    texts.push({ said: one.name, at: y(end.y), from: [x(end.n), y(end.y)], colour });
  });
  for (const { place, n, low, high, said } of crossings.filter((one) => one.n >= first && one.n <= last)) {
    const { colour } = look(place);
    const ends = [low ?? n, high ?? n].map((value) => x(Math.min(Math.max(value, first), last)));
    root.append(make("g", { class: `${colour} crossing`, "aria-hidden": "true" }, make("title", {}, said),
      make("line", { x1: ends[0], x2: Math.max(ends[1], ends[0] + 1), y1: y(1), y2: y(1) }),
      make("path", { d: MARKS[4](5), transform: `translate(${x(n).toFixed(1)},${y(1).toFixed(1)})` })));
  }
  strip.forEach((one, row) => {
    const at = plotBottom + 12 + row * 14;
    for (const gone of one.missing) root.append(text(gone.mark, [x(gone.n), at], { class: `gone ${look(one.place).colour}`, "text-anchor": "middle", "aria-hidden": "true" }));
  });
  if (named) {
    const letters = Math.floor((right - 13) / 6.6);
    const heights = spread(texts.map(({ at }) => at), 14, top + 4, plotBottom);
    texts.forEach(({ said, from, colour }, at) => {
      const short = said.length > letters ? `${said.slice(0, Math.ceil(letters / 2) - 1)}…${said.slice(-Math.floor(letters / 2))}` : said;
      root.append(make("path", { class: `leader ${colour}`, d: `M${from[0] + 6},${from[1]}L${width - right + 6},${heights[at]}` }),
        text(short, [width - right + 9, heights[at] + 4], { class: `name ${colour}`, "aria-hidden": "true" }));
    });
  }
  if (marks.length) marks[0].node.setAttribute("tabindex", "0");
  root.addEventListener("keydown", (event) => {
    const here = marks.find(({ node }) => node === document.activeElement);
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!here || !step) return;
    event.preventDefault();
    const row = (here.row + step[1] + shown.length) % shown.length;
    const line = marks.filter((mark) => mark.row === row);
    const near = line.toSorted((a, b) => Math.abs(log(a.n / here.n)) - Math.abs(log(b.n / here.n)))[0];
    const next = step[0] ? line[line.indexOf(here) + step[0]] : near;
    if (!next) return;
    here.node.setAttribute("tabindex", "-1");
    next.node.setAttribute("tabindex", "0");
    next.node.focus();
  });
  return root;
};
