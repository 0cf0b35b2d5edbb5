// Machines side by side: a row of the table and a line of the charts for each group of equal machines.
const QUANTITIES = { time: "time per call", ratio: "times the shortest", rate: "rate", share: "share of the ceiling" };
const COLOURED = 8; // lines in colour unless some were chosen, the first of the table
const FIRST_FACTS = 3; // of those that differ, so many stand before the ops in the table
const LOOKS = 24; // as many lines as can be told apart
const { groups, facts } = store.hardware;
const telling = facts.filter(([, values]) => values.length > 1);
const factOf = ([, values, codes], group) => values[codes[group]];
const board = () => store.hardware.boards.find((one) => one.backend === state.backend && one.dtype === state.dtype && one.span === state.span);
// By op, group and n. A page that has all machines has the rows of several equal ones alone.
const unpackBoard = (one) => {
  const { backend, dtype, span } = one, ops = new Map(store.names.op.map((op) => [op, groups.map(() => new Map())]));
  const put = (op, status, group, n, seconds, low, high, share) =>
    ops.get(op)[group].set(n, { op, backend, dtype, span, status, group, n, seconds, low, high, ceiling_share: share });
  for (const [op, status, ...row] of one.rows) put(store.names.op[op], store.names.status[status], ...row);
  groups.forEach((group, at) => {
    if (divided || group.length > 1) return;
    for (const cell of named(group[0]).list) {
      if (cell.backend === backend && cell.dtype === dtype && cell.span === span) put(cell.op, cell.status, at, cell.n, cell.seconds, cell.low, cell.high, cell.ceiling_share);
    }
  });
  one.ops = new Map([...ops].filter(([, byGroup]) => byGroup.some((cells) => cells.size)));
};
for (const one of store.hardware.boards) if (one.rows) unpackBoard(one);
window.addBoard = (stamp, at, rows) => {
  if (stamp === store.stamp) unpackBoard(Object.assign(store.hardware.boards[at], { rows }));
};

const filters = () => new Map([...listed("filter")].map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]));
const filtered = () => {
  const wanted = filters();
  return groups.map((_, group) => group).filter((group) => facts.every((fact) => [undefined, factOf(fact, group)].includes(wanted.get(fact[0]))));
};
const geometric = (values) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
// What is compared: the shortest time of each op and size, and means over the cells that all have of those that most
// have (sizes are added at crossovers of one machine). Who lacks more than half of these takes no part in a mean.
const compare = (shown, ops) => {
  const cells = [...ops].flatMap(([op, byGroup]) => sizesOf(shown.flatMap((group) => [...byGroup[group].values()])).map((n) => {
    const times = new Map(shown.map((group) => [group, byGroup[group].get(n)]).filter(([, cell]) => timed(cell)));
    return { op, n, times, best: Math.min(...[...times.values()].map((cell) => cell.seconds)) };
  })).filter(({ times }) => times.size);
  const meansOf = (some) => {
    const present = shown.filter((group) => some.some(({ times }) => times.has(group)));
    const most = some.filter(({ times }) => 2 * times.size > present.length);
    const able = present.filter((group) => 2 * most.filter(({ times }) => times.has(group)).length >= most.length);
    const common = most.filter(({ times }) => able.every((group) => times.has(group)));
    const spread = ({ low, high }) => high / low;
    return {
      common: common.length, of: most.length,
      ratios: new Map(able.filter(() => common.length).map((group) => [group, geometric(common.map(({ times, best }) => times.get(group).seconds / best))])),
      spreads: new Map(able.filter((group) => common.length && groups[group].length > 1).map((group) => [group, geometric(common.map(({ times }) => spread(times.get(group))))])),
    };
  };
  return { best: new Map(cells.map(({ op, n, best }) => [key(op, n), best])), all: meansOf(cells), byOp: new Map([...ops.keys()].map((op) => [op, meansOf(cells.filter((cell) => cell.op === op))])) };
};
const nameOf = (group) => {
  const [first, ...equals] = groups[group], { kind } = named(first);
  return `${first}${kind && ` (${kind})`}${equals.length ? ` and ${equals.length} equal` : ""}`;
};
const bandOf = (cell) => (groups[cell.group].length > 1 ? "from the least to the most of the equal machines" : "95 % interval");
const toldOf = (cell, best) => [
  ["time per call", seconds(cell.seconds)], [bandOf(cell), interval(cell.low, cell.high, secondsBounds) || "–"],
  [QUANTITIES.ratio, `${significant(cell.seconds / best)}×`],
  [QUANTITIES.rate, [["bytes_per_second", "B/s"], ["flop_per_second", "FLOP/s"]].filter(([name]) => known(rates(cell)[name])).map(([name, unit]) => large(rates(cell)[name], unit)).join(", ") || "–"],
  [QUANTITIES.share, percent(cell.ceiling_share)],
];
const viewGroupDetail = (cell) => {
  const box = document.getElementById("detail");
  box.hidden = false;
  box.replaceChildren(make("h2", {}, `${cell.op}, ${cell.backend}, ${size(cell.n)}`),
    make("p", { class: "quiet" }, `${nameOf(cell.group)}, ${SPAN_WORDS[cell.span] || cell.span}, ${cell.dtype}`),
    make("dl", {}, cell.told().map(([name, text]) => make("div", {}, make("dt", {}, name), make("dd", {}, text)))),
    make("p", { class: "quiet" }, "Press it for all figures of the machine."));
};
const openMachine = (cell) => { state.op = cell.op; change("machine", groups[cell.group][0]); go("curves"); };

const filterForm = (shown) => {
  const wanted = filters();
  const choose = (name) => (event) => {
    wanted.set(name, event.target.value);
    change("filter", [...wanted].filter(([, value]) => value).map((pair) => encodeURIComponent(pair.join("="))).join("|"));
  };
  const count = (some) => some.reduce((sum, group) => sum + groups[group].length, 0);
  const fields = telling.map((fact, at) => make("label", {}, fact[0], make("select", { id: `filter-${at}`, onchange: choose(fact[0]) },
    make("option", { value: "" }, "any"), fact[1].toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })).map((value) =>
      make("option", { value, selected: wanted.get(fact[0]) === value }, `${value} (${count(groups.map((_, group) => group).filter((group) => factOf(fact, group) === value))})`)))));
  const quantity = make("label", {}, "Show", make("select", { id: "show", onchange: (event) => change("show", event.target.value) },
    Object.entries(QUANTITIES).map(([value, text]) => make("option", { value, selected: state.show === value }, text))));
  const none = wanted.size ? make("button", { type: "button", id: "no-filter", onclick: () => change("filter", "") }, "Show all") : null;
  return [make("div", { class: "filters", role: "group", "aria-label": "Which machines are compared" }, ...[quantity, ...fields, none].filter(known)),
    wanted.size ? make("p", {}, `${count(shown)} of ${count(groups.map((_, group) => group))} machines: ${[...wanted].map((pair) => pair.join(" ")).join(", ")}.`) : null];
};

// A table that a press on a head sorts: columns of {name, value, text}; the heads of the rows choose lines.
const rankTable = (caption, columns, shown, lines) => {
  const falling = state.sort.startsWith("-"), by = state.sort.replace("-", "");
  const column = columns.find(({ name }) => name === by) || columns.find(({ name }) => name === "mean") || columns[0];
  const order = (a, b) => {
    const [one, other] = [a, b].map((group) => column.value(group));
    if (!known(one) || !known(other)) return known(other) - known(one) || a - b;
    return (falling ? -1 : 1) * (typeof one === "string" ? one.localeCompare(other, "en", { numeric: true }) : one - other) || a - b;
  };
  const head = (one, at) => make("th", { scope: "col", "aria-sort": one !== column ? "none" : falling ? "descending" : "ascending" },
    make("button", { type: "button", class: "op", id: `sort-${at}`, onclick: () => change("sort", one === column && !falling ? `-${one.name}` : one.name) }, one.title, one === column ? (falling ? " ▼" : " ▲") : ""));
  const sorted = shown.toSorted(order);
  const coloured = lines(sorted);
  return { coloured, node: make("div", { class: "wide ranking", tabindex: "0", role: "region", "aria-label": caption }, make("table", {}, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, columns.map(head))),
    make("tbody", {}, sorted.map((group) => make("tr", {}, make("th", { scope: "row" },
      make("button", { type: "button", class: "op", id: `line-${group}`, "aria-pressed": String(listed("with").has(groups[group][0])), onclick: () => change("with", groups[group][0], true) }, coloured.has(group) ? swatch(coloured.get(group)) : null, columns[0].text(group))),
    columns.slice(1).map((one) => make("td", { class: one.kind?.(group) ?? null }, one.text(group)))))))) };
};

const viewMachines = () => {
  if (store.machines.length === 1) return;
  const here = board(), shown = filtered();
  const title = `${state.backend}, ${state.span.replace("_", " ")}, ${state.dtype}`;
  if (here?.unread) return fill("machines-body", make("p", { class: "stale" }, here.unread));
  if (!here || !shown.length) return fill("machines-body", make("h3", {}, title), ...filterForm(shown).filter(known), make("p", {}, here ? "No machine is of this kind." : "No machine has been measured so."));
  const { best, all, byOp } = compare(shown, here.ops);
  const rateAt = new Map([...here.ops].map(([op, byGroup]) => [op, rateOf(shown.flatMap((group) => [...byGroup[group].values()]))]));
  const value = (cell) => ({ time: cell.seconds, ratio: cell.seconds / best.get(key(cell.op, cell.n)), rate: rateAt.get(cell.op) && rates(cell)[rateAt.get(cell.op).name], share: cell.ceiling_share }[state.show]);
  const most = (op, group) => Math.max(0, ...[...here.ops.get(op)[group].values()].filter(timed).map(value).filter(known)) || null;
  const isMost = ["rate", "share"].includes(state.show);
  const told = (op, group) => {
    const some = [...here.ops.get(op)[group].values()], { ratios } = byOp.get(op);
    if (!some.some(timed)) return statusText(some[0]);
    if (!isMost) return ratios.has(group) ? `${significant(ratios.get(group))}×` : "–";
    const reached = most(op, group);
    return state.show === "share" ? percent(reached) : large(reached, rateAt.get(op)?.unit ?? "");
  };
  const ofFact = (fact) => ({ name: fact[0], title: fact[0], value: (group) => factOf(fact, group), text: (group) => factOf(fact, group) });
  const columns = [
    { name: "machine", title: "machine", value: (group) => groups[group][0], text: nameOf },
    { name: "mean", title: `mean of ${all.common} of ${all.of} cells`, value: (group) => all.ratios.get(group), text: (group) => (all.ratios.has(group) ? `${significant(all.ratios.get(group))}×` : "–"), kind: (group) => (all.ratios.get(group) === Math.min(...all.ratios.values()) ? "best" : null) },
    ...telling.slice(0, FIRST_FACTS).map(ofFact),
    ...(groups.some((group) => group.length > 1) ? [{ name: "equals", title: "equals apart by", value: (group) => all.spreads.get(group), text: (group) => (all.spreads.has(group) ? `${significant(all.spreads.get(group))}×` : "–") }] : []),
    ...[...here.ops.keys()].map((op) => ({ name: `op ${op}`, title: op, value: (group) => (isMost ? most(op, group) && -most(op, group) : byOp.get(op).ratios.get(group)), text: (group) => told(op, group) })),
    ...telling.slice(FIRST_FACTS).map(ofFact),
  ];
  const picked = listed("with");
  const lines = (sorted) => {
    const chosen = picked.size ? sorted.filter((group) => groups[group].includes(state.machine) || picked.has(groups[group][0])) : sorted.slice(0, COLOURED);
    return new Map(chosen.map((group, at) => [group, groups.length <= LOOKS ? group : at]));
  };
  const caption = `${title}: ${isMost ? `most of the ${QUANTITIES[state.show]} at any size` : "how many times the shortest time of the machines shown"}`;
  const { coloured, node } = rankTable(caption, columns, shown, lines);
  const room = Math.max(280, document.getElementById("machines-body").parentElement.clientWidth), gap = 16;
  const width = Math.floor((room - gap * (Math.ceil(room / 560) - 1)) / Math.ceil(room / 560));
  const write = { time: (at) => seconds(at).replace(/\.0+ /, " "), ratio: (at) => `${significant(at, 1)}×`, rate: (at) => large(at, "", 1).trim(), share: (at) => `${significant(100 * at, 1)} %` }[state.show];
  const charts = [...here.ops].map(([op, byGroup]) => {
    const points = (group) => [...byGroup[group].values()].filter((cell) => timed(cell) && known(value(cell))).sort((a, b) => a.n - b.n);
    const series = [...coloured].map(([group, place]) => ({
      name: nameOf(group), place,
      missing: [...byGroup[group].values()].filter((cell) => !timed(cell)).map((cell) => ({ n: cell.n, mark: mark(cell), cell })),
      points: points(group).map((cell) => {
        const y = value(cell), scale = (end) => (known(end) ? (isMost ? y * cell.seconds / end : y * end / cell.seconds) : null);
        const ends = [scale(cell.low), scale(cell.high)].sort((a, b) => a - b);
        cell.told = () => toldOf(cell, best.get(key(op, cell.n)));
        return { n: cell.n, y, low: ends[0], high: ends[1], cell, noisy: cell.status === "noisy", said: cell.told().map((pair) => pair.join(" ")).join(", ") };
      }),
    }));
    const others = shown.filter((group) => !coloured.has(group)).map((group) => points(group).map((cell) => [cell.n, value(cell)])).filter((line) => line.length);
    const unit = state.show === "rate" && rateAt.get(op) ? ` in ${rateAt.get(op).unit}` : "";
    return make("figure", {}, make("figcaption", {}, make("b", {}, op), ` ${QUANTITIES[state.show]}${unit}`),
      chart({ name: `${QUANTITIES[state.show]} of ${op} by machine: ${title}`, about: "Arrow keys move between the marks.", series, others, unity: state.show === "ratio" ? "shortest" : null, write, width, onCell: onGroup }));
  });
  const legend = make("p", { class: "legend" }, [...coloured].map(([group, place]) => make("span", { class: "key" }, swatch(place), nameOf(group))).flatMap((one) => [one, " "]),
    shown.length > coloured.size ? `and ${shown.length - coloured.size} more in grey. Press a machine in the table to colour it. ` : "",
    groups.some((group) => group.length > 1) ? "A band is an interval, or of equal machines from the least to the most; their line is the median." : "Bands are 95 % intervals.");
  fill("machines-body", make("h3", {}, title), ...filterForm(shown).filter(known), node,
    make("p", { class: "legend" }, `Means are geometric, of the ratios to the shortest time, over those of the cells of most machines that each of them has; a machine that lacks more than half has no mean. Press a head to sort by it.`),
    legend, make("div", { class: "multiples" }, charts),
    saveButtons("machines", () => shown.flatMap((group) => [...here.ops.values()].flatMap((byGroup) => [...byGroup[group].values()].map((cell) => boardRow(cell, best))))));
};
// Of one machine whose figures are here the cell itself is shown.
const onGroup = (node, cell) => {
  const [first, ...equals] = groups[cell.group], machine = named(first);
  const own = !equals.length && machine.at && machine.at.get(key(cell.op, cell.backend, cell.span, cell.dtype, cell.n));
  if (own) onCell(node, own); else onCell(node, cell, viewGroupDetail, openMachine);
};
const boardRow = (cell, best) => ({
  machines: groups[cell.group].join(" "), ...Object.fromEntries(facts.map((fact) => [fact[0], factOf(fact, cell.group)])),
  op: cell.op, backend: cell.backend, span: cell.span, dtype: cell.dtype, n: cell.n, status: cell.status, seconds: cell.seconds, low: cell.low, high: cell.high,
  ratio: timed(cell) ? cell.seconds / best.get(key(cell.op, cell.n)) : null, ...rates(cell), ceiling_share: cell.ceiling_share,
});
