// The parts of the page that answer to the switches: answer, heat map, curves, cards, the cell in focus.
const mark = (cell) => (cell ? (store.marks[cell.status] || ["?"])[0] : "·");
const statusText = (cell) => (cell ? `${mark(cell)} ${cell.status}` : "· not measured");
const bin = ({ value, verdict }) => {
  if (verdict === "unsure" || verdict === "same") return verdict;
  const steps = [1.25, 2, 5, 20].filter((step) => Math.max(value, 1 / value) >= step).length;
  return `${value > 1 ? "up" : "down"}${steps}`;
};
const compared = (cell) => {
  const found = comparison(cell);
  return found ? `${ratio(found.value)} ${SIGNS[found.verdict]}` : "";
};
const NO_INTERVAL = "none: one round tells no interval";
const spoken = (cell) => {
  const found = comparison(cell);
  if (!timed(cell)) return statusText(cell);
  const wide = found && known(found.low) ? ` (${interval(found.low, found.high, bounds)})` : "";
  return `${seconds(cell.seconds)}${found ? `, ${ratio(found.value)}${wide} as fast as ${baseOf(cell.machine, cell.op)}, ${found.verdict}` : ""}`;
};
// A table whose cells open their details: rows of {head, cells: [[cell, text, class]]}.
const cellTable = (caption, corner, heads, rows, kind = "") => make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
  make("table", { class: kind }, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, corner), heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, rows.map(({ head, cells }) => make("tr", {}, make("th", { scope: "row" }, head),
      cells.map(([cell, text, name]) => {
        if (!cell) return make("td", { class: `missing ${name || ""}` }, text);
        const button = make("button", { type: "button", class: "cell", "aria-label": `${cell.op}, ${cell.backend}, ${size(cell.n)}, ${cell.machine.machine}: ${spoken(cell)}` }, text);
        onCell(button, cell);
        return make("td", { class: name || "" }, button);
      }))))));

const viewAnswer = () => {
  const machine = shownMachine();
  fill("answer-machine", machine.machine);
  const days = Math.floor((Date.now() - Date.parse(machine.date)) / 864e5);
  fill("answer-run", `Measured ${machine.date.slice(0, 10)}, run ${machine.run}, against ${state.baseline === store.baselines[0] ? against(machine, Object.keys(machine.own)) : state.baseline}${machine.kind && `; ${machine.kind}`}. `,
    days > 90 ? make("strong", { class: "stale" }, `${days} days old: libraries and drivers have moved on since.`) : null);
  const said = machine.answers[state.baseline] || machine.answers[store.baselines[0]];
  fill("answer-body", make("dl", { class: "answer" }, said.map((answer) => make("div", {}, make("dt", {}, answer.op),
    answer.said.map(([backend, sentence, verdict]) => make("dd", { class: verdict }, make("b", {}, backend), `: ${sentence}.`)),
    answer.said.length ? [] : make("dd", { class: "quiet" }, "nothing to compare: the baseline or every other backend has no time."),
    answer.remarks.map((remark) => make("dd", { class: "remark" }, `${remark}.`))))));
};

// Which backend to take at what size: a bar for calls and one for round trips, pale where that is not sure.
const bar = ([words, regions], x, width) => {
  const height = 26;
  const root = make("svg", { class: "bar", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": words || "nothing to compare" });
  for (const [at, low, high, sureLow, sureHigh] of regions) {
    const name = store.names.backend[at], { colour } = look(placed(at));
    const told = `${name}, ${elements(low)} to ${elements(high)}${known(sureLow) ? `; sure from ${elements(sureLow)} to ${elements(sureHigh)}` : "; nowhere sure"}`;
    const group = make("g", { class: colour }, make("title", {}, told),
      make("rect", { class: "pale", x: x(low), y: 16, width: x(high) - x(low), height: 9 }),
      known(sureLow) ? make("rect", { class: "sure", x: x(sureLow), y: 16, width: x(sureHigh) - x(sureLow), height: 9 }) : null);
    if (x(high) - x(low) > 7.5 * name.length + 8) group.append(make("text", { x: x(low) + 1, y: 12 }, name));
    root.append(group);
  }
  return root;
};
const viewGlance = () => {
  const { glances } = shownMachine();
  const ends = glances.flatMap(([, ...bars]) => bars.flatMap(([, regions]) => regions.flatMap(([, low, high]) => [low, high])));
  if (!ends.length) return fill("glance-body");
  const room = document.getElementById("answer").clientWidth, narrow = room < 760;
  const width = Math.max(240, Math.floor(narrow ? room - 4 : (room - 220) / 2));
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const x = (n) => width * Math.log(n / least) / Math.log(most / least);
  const axis = () => make("svg", { class: "bar axis", viewBox: `0 0 ${width} 16`, width, height: 16, "aria-hidden": "true" },
    [1, 2, 3, 4, 5, 6].map((power) => 16 ** power).filter((n) => n >= least && n <= most && x(n) < width - 34)
      .map((n) => make("text", { x: x(n), y: 12 }, size(n))));
  const heads = ["calls", "from and to NumPy arrays"];
  const seen = [...new Set(glances.flatMap(([, ...bars]) => bars.flatMap(([, regions]) => regions.map(([at]) => at))))];
  fill("glance-body", make("table", { class: `glance${narrow ? " narrow" : ""}` },
    make("caption", {}, "Which to take, by size: ", seen.map((at) => make("span", { class: "key" }, swatch(placed(at)), store.names.backend[at], " ")), "pale where that is not sure"),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "op"), heads.map((head) => make("th", { scope: "col" }, head, axis())))),
    make("tbody", {}, glances.map(([op, ...bars]) => make("tr", {}, make("th", { scope: "row" }, op), bars.map((one) => make("td", {}, bar(one, x, width))))))));
};

const viewFunctions = () => {
  const { functions } = shownMachine();
  document.getElementById("functions").hidden = !functions.length;
  fill("functions-body", functions.map((told) => make("div", { class: "function" }, make("h3", {}, told.op),
    make("dl", {}, [["inputs", told.inputs], ["operands", told.fresh], ["check", told.check]].map(([name, text]) => make("div", {}, make("dt", {}, name), make("dd", {}, text)))),
    told.spellings.map((one) => make("figure", {}, make("figcaption", {}, make("b", {}, one.key), " ", make("code", {}, one.hash)), make("pre", { tabindex: "0", "aria-label": `${one.key} of ${told.op}` }, one.text))))));
};

const viewHeat = () => {
  const machine = shownMachine();
  const mine = machine.list.filter((cell) => cell.span === state.span && cell.dtype === state.dtype);
  // An op of rivals has no row for the backends of others, nor one of backends for a rival.
  const fits = (op) => machine.measured.has(key(op, state.backend)) || (!store.rivals.includes(state.backend) && store.names.backend.some((name) => !store.rivals.includes(name) && machine.measured.has(key(op, name))));
  const shown = mine.filter((cell) => fits(cell.op));
  const sizes = sharedSizes(shown, (cell) => cell.op);
  const ops = [...new Set(shown.map((cell) => cell.op))];
  const rows = ops.map((op) => ({
    head: make("button", { type: "button", class: "op", "aria-pressed": String(op === state.op), onclick: () => { change("op", op); go("curves"); } }, op),
    cells: sizes.map((n) => {
      const cell = machine.at.get(key(op, state.backend, state.span, state.dtype, n));
      const found = comparison(cell);
      if (found) return [cell, `${significant(found.value, found.value < 10 ? 2 : 3)} ${SIGNS[found.verdict]}`, bin(found)];
      if (timed(cell)) return [cell, cell.backend === baseOf(machine, op) ? "base" : "no base", "same"];
      return [cell, [mark(cell), make("small", {}, cell ? cell.status : "not measured")], "missing"];
    }),
  }));
  const caption = `Speedup of ${state.backend} over ${against(machine, ops)}, ${state.span.replace("_", " ")}, ${state.dtype}`;
  const sure = mine.filter((cell) => cell.backend === state.backend && state.backend !== baseOf(machine, cell.op));
  const clean = sure.filter((cell) => cell.status === "ok" && comparison(cell) && known(cell.ceiling_share));
  const mean = Math.exp(clean.reduce((sum, cell) => sum + Math.log(comparison(cell).value), 0) / clean.length);
  const over = clean.length ? make("p", {}, `Over all of these together (geometric mean): ${ratio(mean)}, of ${clean.length} of ${sure.length} cells; left out are noisy ones, those without a speedup, and those that move nothing because array and tensor share one memory.`) : null;
  fill("heat-body", cellTable(caption, "op", sizes.map(size), rows, "heat"), over, saveButtons("heat map", () =>
    mine.filter((cell) => cell.backend === state.backend).map(flat)));
};

// Which rate tells of an op: that of arithmetic where its largest call does more operations than it moves bytes.
const rateOf = (cells) => {
  const last = cells.filter((cell) => timed(cell) && known(cell.ceiling_share)).sort((a, b) => a.n - b.n).at(-1);
  if (!last) return null;
  const { bytes_per_second: moved, flop_per_second: flop } = rates(last);
  return known(flop) && !(moved >= flop) ? { name: "flop_per_second", unit: "FLOP/s" } : { name: "bytes_per_second", unit: "B/s" };
};
// What the devices allow at each size, once for all backends that share a device and a number of threads.
const ceilings = (backends, cells, rate) => {
  const found = new Map();
  for (const backend of backends) {
    const points = cells.filter((cell) => cell.backend === backend && timed(cell) && known(cell.ceiling_share) && known(rates(cell)[rate]))
      .sort((a, b) => a.n - b.n).map((cell) => [cell.n, rates(cell)[rate] / cell.ceiling_share]);
    const name = store.ceilings[backend] || "ceiling";
    if (points.length > (found.get(name) || []).length) found.set(name, points);
  }
  return [...found].map(([name, points]) => ({ name, points }));
};

const viewCurves = () => {
  const machine = shownMachine(), baseline = baseOf(machine, state.op);
  const mine = machine.list.filter((cell) => cell.op === state.op && cell.span === state.span && cell.dtype === state.dtype);
  const hidden = listed("hidden");
  const backends = store.names.backend.filter((backend) => mine.some((cell) => cell.backend === backend));
  const sizes = sizesOf(mine);
  const rows = backends.map((backend) => ({ name: backend, place: placed(store.names.backend.indexOf(backend)), cells: mine.filter((cell) => cell.backend === backend).sort((a, b) => a.n - b.n) }));
  const series = (value) => rows.filter((row) => !hidden.has(row.name)).map(({ name, place, cells }) => ({
    name, place,
    points: cells.filter((cell) => timed(cell) && value(cell)).map((cell) => ({ n: cell.n, ...value(cell), cell, noisy: cell.status === "noisy", said: spoken(cell) })),
    missing: cells.filter((cell) => !timed(cell)).map((cell) => ({ n: cell.n, mark: mark(cell), cell })),
  }));
  const own = machine.crossings[state.baseline] || machine.crossings[store.baselines[0]];
  const crossings = own.map(([op, backend, span, dtype, n, low, high, faster]) => ({
    op: store.names.op[op], backend: store.names.backend[backend], place: placed(backend), span: store.names.span[span], dtype: store.names.dtype[dtype], n, low, high, faster: store.sides[faster],
  })).filter((one) => one.op === state.op && one.span === state.span && one.dtype === state.dtype && !hidden.has(one.backend));
  for (const one of crossings) one.said = `${one.backend} is faster ${one.faster} ${elements(one.n)} elements${known(one.low) ? ` (${elements(one.low)} to ${elements(one.high)})` : ""}`;
  const body = document.getElementById("curves-body");
  const gap = 24, full = Math.max(280, body.parentElement.clientWidth);
  const width = full >= 1000 ? Math.floor((full - gap) / 2) : full;
  const title = `${state.op} on ${machine.machine}, ${state.span.replace("_", " ")}, ${state.dtype}`;
  const faster = (cell) => { const found = comparison(cell); return found && { y: found.value, low: found.low, high: found.high }; };
  const rate = state.span === "call" ? rateOf(mine) : null;
  const atRate = (cell) => {
    const y = rates(cell)[rate.name];
    return known(y) && { y, low: known(cell.high) ? y * cell.seconds / cell.high : null, high: known(cell.low) ? y * cell.seconds / cell.low : null };
  };
  const { n: some, moved } = { n: sizes[0], ...counts.get(key(state.op, state.dtype, sizes[0])) };
  const steps = moved ? Object.entries(machine.caches).map(([name, bytes]) => ({ n: bytes * some / moved, name })) : [];
  const figures = [
    ["Speedup", `over ${baseline}; above 1 is faster`, chart({ name: `Speedup over ${baseline} against size: ${title}`, about: "Arrow keys move between the marks.", series: series(faster), steps, unity: baseline, write: (value) => `${significant(value, 1)}×`, crossings, width, onCell })],
    ["Time", "per call", chart({ name: `Time per call against size: ${title}`, about: "Arrow keys move between the marks.", series: series((cell) => ({ y: cell.seconds, low: cell.low, high: cell.high })), steps, write: (value) => seconds(value).replace(/\.0+ /, " "), width, onCell })],
    ...(rate ? [["Rate", `in ${rate.unit}, beside what this machine was measured to allow`, chart({ name: `${rate.unit} against size: ${title}`, about: "Arrow keys move between the marks.", series: series(atRate), guides: ceilings(backends, mine, rate.name), steps, write: (value) => large(value, "", 1).trim(), width, onCell })]] : []),
  ].map(([what, more, drawn]) => make("figure", {}, make("figcaption", {}, make("b", {}, what), ` ${more}`), drawn));
  const legend = make("div", { class: "toggles", role: "group", "aria-label": "Backends in the curves" }, rows.map(({ name, place, cells }) => {
    const none = !cells.some(timed);
    return make("button", { type: "button", "aria-pressed": String(!hidden.has(name)), onclick: () => change("hidden", name, true) }, swatch(place), name, none ? ` ${statusText(cells[0])}` : "");
  }));
  const table = cellTable(`${title}: time per call and speedup over ${baseline}`, "n", backends, sizes.map((n) => ({
    head: size(n),
    cells: backends.map((backend) => {
      const cell = machine.at.get(key(state.op, backend, state.span, state.dtype, n));
      return [cell, timed(cell) ? [seconds(cell.seconds), make("small", {}, compared(cell) || "baseline")] : statusText(cell), (comparison(cell) || {}).verdict];
    }),
  })));
  fill("curves-body", make("h3", {}, title), legend, make("div", { class: "pair" }, figures),
    make("p", { class: "legend" }, "Bands are 95 % intervals; hollow marks are noisy; a diamond on the line at 1 is a crossover with its interval; ",
      steps.length ? "dotted lines are the sizes from which what a call moves no longer fits in the caches of that level, all processors' together. " : "",
      crossings.length ? `Crossovers: ${crossings.map(({ said }) => said).join("; ")}.` : "No crossover is decided here."),
    make("details", {}, make("summary", {}, "The same as a table"), table), saveButtons("curves", () => mine.filter((cell) => !hidden.has(cell.backend)).map(flat)));
};

// The cards of the machines that are compared, as the page itself has them of a few.
const viewCards = () => {
  const machines = offered();
  const lines = [...new Set(machines.flatMap((machine) => Object.keys(machine.card)))];
  const rows = lines.map((name) => {
    const texts = machines.map((machine) => machine.card[name] ?? "not recorded");
    return { name, texts, differs: new Set(texts).size > 1 };
  }).sort((a, b) => b.differs - a.differs);
  fill("cards-body", make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Machine cards" }, make("table", { class: "cards" },
    make("caption", {}, "Hard- and software"),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "identity"), machines.map((machine) =>
      make("th", { scope: "col" }, make("code", {}, machine.identity), make("span", { class: "machine" }, machine.machine))))),
    make("tbody", {}, rows.map(({ name, texts, differs }) => make("tr", { class: differs ? "differs" : null },
      make("th", { scope: "row" }, `${differs ? "≠ " : ""}${name}`), texts.map((text) => make("td", {}, text))))))));
};

const viewDetail = (cell, pinned) => {
  const box = document.getElementById("detail");
  box.hidden = !cell;
  if (!cell) return box.replaceChildren();
  const found = comparison(cell);
  const share = known(cell.disturbed) ? `${significant(100 * cell.disturbed || 0, 2)} % of blocks` : "–";
  const facts = [
    ["time per call", seconds(cell.seconds)], ["95 % interval", timed(cell) ? interval(cell.low, cell.high, secondsBounds) || NO_INTERVAL : "–"],
    [`speedup over ${baseOf(cell.machine, cell.op)}`, found ? `${ratio(found.value)} ${found.verdict}` : "–"],
    ["its interval", found ? interval(found.low, found.high, bounds) || NO_INTERVAL : "–"],
    ["rounds, samples", `${cell.rounds}, ${cell.samples}`], ["status", statusText(cell).replace(/^\? /, "")],
    ["reason", cell.reason || "–"], ["disturbed", share],
    ["largest error", known(cell.max_error) ? `${cell.max_error.toExponential(1)}, accepted ${known(cell.tolerance) ? cell.tolerance.toExponential(1) : "–"}` : "not checked"],
    ["rate", [["bytes_per_second", "B/s"], ["flop_per_second", "FLOP/s"]].filter(([name]) => known(rates(cell)[name])).map(([name, unit]) => large(rates(cell)[name], unit)).join(", ") || "–"],
    ["share of the ceiling", percent(cell.ceiling_share)],
    ["page faults per call", known(cell.faults_per_call) ? significant(cell.faults_per_call) : "–"],
  ];
  // The command for somebody's function is known to nobody else.
  const own = cell.machine.functions.some(({ op }) => op === cell.op);
  const command = `harness run --op ${cell.op} --backend ${cell.backend} --dtype ${cell.dtype} --min-size ${cell.n} --max-size ${cell.n}${cell.machine.options}`;
  box.replaceChildren(...[make("h2", {}, `${cell.op}, ${cell.backend}, ${size(cell.n)}`),
    make("p", { class: "quiet" }, `${cell.machine.machine}, ${SPAN_WORDS[cell.span] || cell.span}, ${cell.dtype}`),
    make("dl", {}, facts.map(([name, text]) => make("div", {}, make("dt", {}, name), make("dd", {}, text)))),
    own ? null : make("p", {}, "measure it again: ", make("code", {}, command)),
    pinned ? make("button", { type: "button", onclick: unpin }, "Close") : make("p", { class: "quiet" }, "Press it to keep this open.")].filter(known));
};
