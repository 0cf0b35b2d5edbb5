// The store as the page holds it, and what of it is shown; the hash of the address keeps the latter.
const store = JSON.parse(document.getElementById("store").textContent);
const NAMED = ["op", "backend", "span", "dtype", "status", "reason"];
const SIGNS = { faster: "▲", slower: "▼", same: "=", unsure: "?" };
const SPAN_WORDS = { call: "call: data on the device", round_trip: "round trip: from and to NumPy arrays" };
const key = (...parts) => parts.join("\u0000");
const counts = new Map(store.counts.map(([op, dtype, n, moved, flop]) => [key(op, dtype, n), { moved, flop }]));
// Per second; what a backend need not move, or was measured without ceilings, has no rate.
const rates = (cell) => {
  const { moved, flop } = counts.get(key(cell.op, cell.dtype, cell.n)) || {};
  const over = (count) => (known(count) && known(cell.ceiling_share) ? count / cell.seconds : null);
  return { bytes_per_second: over(moved), flop_per_second: over(flop) };
};
// Above some number of machines, the figures of all but the first lie in files of their own.
const divided = Boolean(store.folder);
const unpack = (machine) => {
  const names = { ...store.names, reason: machine.reasons || store.names.reason };
  machine.list = machine.cells.map((row, at) => {
    const cell = { at, machine };
    store.columns.forEach((name, place) => {
      cell[name] = NAMED.includes(name) ? names[name][row[place]] : row[place];
    });
    return cell;
  });
  machine.at = new Map(machine.list.map((cell) => [key(cell.op, cell.backend, cell.span, cell.dtype, cell.n), cell]));
  machine.measured = new Set(machine.list.map((cell) => key(cell.op, cell.backend)));
  machine.compared = {};
  for (const [baseline, rows] of Object.entries(machine.ratios)) {
    machine.compared[baseline] = new Map(rows.map(([at, value, low, high, verdict]) =>
      [at, { value, low, high, verdict: store.verdicts[verdict] }]));
  }
};
for (const machine of store.machines) if (machine.cells) unpack(machine);
const byName = new Map(store.machines.map((machine) => [machine.machine, machine]));
const named = (name) => byName.get(name);
window.addMachine = (stamp, found) => {
  const machine = named(found.machine);
  if (stamp === store.stamp && machine) unpack(Object.assign(machine, found));
};
// A page that was opened from a file path can read another file in one way only: as a script.
const isHere = (one) => one.list || one.ops || one.unread;
const load = (one) => one.loading ??= new Promise((done, refuse) => {
  const path = `${store.folder}/${one.file}`;
  const failed = (why) => { one.loading = null; refuse(new Error(why)); };
  const script = make("script", {
    src: path,
    onload: () => (isHere(one) ? done() : failed(`${path} belongs to another version of this page: load the page again.`)),
    onerror: () => failed(`${path} cannot be read: keep the folder ${decodeURIComponent(store.folder)} beside this page.`),
  });
  document.head.append(script);
});
const timed = (cell) => cell && known(cell.seconds);
const state = {};
const defaults = () => {
  const first = store.machines[0], op = store.names.op[0];
  const others = store.names.backend.filter((name) => !store.baselines.includes(name) && name !== first.own[op]);
  // The last of the table is the one furthest from NumPy: a GPU, where there is one.
  const backend = others.findLast((name) => !name.endsWith("-1t") && first.list.some((cell) => cell.op === op && cell.backend === name && timed(cell)));
  return {
    machine: first.machine, op, backend: backend || others[0] || store.names.backend[0],
    span: store.names.span[0], dtype: store.names.dtype[0], baseline: store.baselines[0],
    hidden: "", with: "", filter: "", sort: "mean", show: "time", cell: "", n: String(2 ** 20), calls: "1",
  };
};
const options = () => ({
  machine: store.machines.map((machine) => machine.machine), op: store.names.op, backend: store.names.backend,
  span: store.names.span, dtype: store.names.dtype, baseline: store.baselines,
});
const readHash = () => {
  const given = new URLSearchParams(location.hash.slice(1));
  const allowed = options();
  Object.assign(state, defaults());
  for (const name of Object.keys(state)) {
    const value = given.get(name);
    if (value !== null && (!allowed[name] || allowed[name].includes(value))) state[name] = value;
  }
  fit(FITTED.find((name) => given.has(name)) ?? "op");
};
const writeHash = () => {
  const usual = defaults();
  const told = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) if (value !== usual[name]) told.set(name, value);
  const hash = told.toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
};
// An address may be typed by hand: what is no code of a character stays as it is.
const plain = (text) => { try { return decodeURIComponent(text); } catch { return text; } };
const listed = (name) => new Set(state[name] ? state[name].split("|").map(plain) : []);
const toggle = (name, member) => {
  const members = listed(name);
  if (!members.delete(member)) members.add(member);
  state[name] = [...members].map(encodeURIComponent).join("|");
};
const shownMachine = () => named(state.machine);
// The machines that can be held against each other: all, or of very many the shown one and those that were added to it.
const offered = () => (divided ? [...new Set([shownMachine(), ...[...listed("with")].map(named)])].filter(Boolean) : store.machines);
// The look of a backend by its place; among rivals alone the second has no grey, which belongs to NumPy on one thread.
const placed = (at) => (at && store.rivals.length === store.names.backend.length ? at + 1 : at);
// The first baseline stands for that of each run. NumPy on one thread is NumPy for an op that NumPy runs on one.
const baseOf = (machine, op) => {
  const own = machine.own[op] ?? state.baseline;
  return own === store.baselines[0] ? state.baseline : own;
};
const against = (machine, ops) => [...new Set(ops.map((op) => baseOf(machine, op)))].join(" and ");
// Not every op has every backend, span and dtype: to one that was chosen belongs what is most like the others.
const FITTED = ["op", "dtype", "span", "backend"];
const fit = (chosen) => {
  const machine = shownMachine();
  // Among equals the last backend of the table but no baseline, and none of one thread.
  const rank = ({ backend, op }) => (backend === baseOf(machine, op) || backend.endsWith("-1t") ? 0 : (1 + store.names.backend.indexOf(backend)) / (1 + store.names.backend.length));
  const likeness = (cell) => FITTED.reduce((sum, name) => 2 * sum + 2 * (cell[name] === state[name]), 0) + rank(cell);
  const best = (machine.list || []).filter((cell) => !FITTED.includes(chosen) || cell[chosen] === state[chosen])
    .reduce((found, cell) => (found && likeness(found) >= likeness(cell) ? found : cell), null);
  if (best) for (const name of FITTED) state[name] = best[name];
};
const comparison = (cell, baseline = state.baseline) => {
  if (!cell) return undefined;
  const { measured, compared } = cell.machine;
  return ((measured.has(key(cell.op, baseline)) && compared[baseline]) || compared[store.baselines[0]]).get(cell.at);
};
// The sizes for the columns of a table: one that was added at a crossover of few rows is none. Those of an op that
// begin, end or go on otherwise than by powers of 4 were chosen by hand: none was added.
const sharedSizes = (cells, row) => {
  const rows = (some) => new Set(some.map(row)).size;
  const chosen = new Set([...Map.groupBy(cells, (cell) => cell.op).values()].flatMap((some) => {
    const sizes = sizesOf(some), powers = sizes.filter((n) => Math.log2(n) % 2 === 0);
    return sizes[0] * 4 ** (powers.length - 1) === sizes.at(-1) && sizes.at(-1) === powers.at(-1) ? powers : sizes;
  }));
  return sizesOf(cells).filter((n) => chosen.has(n) || 2 * rows(cells.filter((cell) => cell.n === n)) > rows(cells));
};
const sizesOf = (cells) => [...new Set(cells.map((cell) => cell.n))].sort((a, b) => a - b);
