// Wiring: switches, the address, focus and the saving of what is shown.
const VIEWS = [viewGlance, viewAdvice, viewAnswer, viewFunctions, viewHeat, viewCurves, viewMachines, ...(divided ? [viewCards] : [])];
const cellId = (cell) => [cell.machine.machine, cell.at].map(encodeURIComponent).join("|");
const pinnedMachine = () => named(plain(state.cell.split("|")[0]));
const pinnedCell = () => {
  const machine = pinnedMachine();
  return machine && machine.list[Number(plain(state.cell.split("|")[1] || ""))];
};
const pin = (cell) => { state.cell = cell ? cellId(cell) : ""; writeHash(); viewDetail(pinnedCell(), true); };
let opener = null;
const unpin = () => { pin(null); if (opener && opener.isConnected) opener.focus(); };
const onCell = (node, cell, view = viewDetail, open = pin) => {
  const show = () => view(cell, false);
  const leave = () => viewDetail(pinnedCell(), true);
  node.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") show(); });
  node.addEventListener("pointerleave", leave);
  node.addEventListener("focus", show);
  node.addEventListener("blur", leave);
  node.addEventListener("click", () => { opener = node; open(cell); });
  node.addEventListener("keydown", (event) => {
    if (node.localName !== "button" && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); opener = node; open(cell); }
  });
};
const go = (id) => {
  document.getElementById(id).scrollIntoView();
  document.getElementById(`${id}-title`).focus({ preventScroll: true });
};
const viewForm = () => {
  const labels = { machine: "Machine", op: "Op", backend: "Backend", span: "Span", dtype: "Dtype", baseline: "Baseline" };
  const mixed = store.machines.some((machine) => Object.values(machine.own || {}).some((own) => own !== store.baselines[0]));
  const fields = Object.entries(options()).filter(([, names]) => names.length > 1).map(([name, names]) => make("label", {}, labels[name],
    make("select", { name, onchange: (event) => change(name, event.target.value) }, names.map((value) =>
      make("option", { value, selected: value === state[name] }, name === "span" ? SPAN_WORDS[value] || value : name === "baseline" && value === names[0] && mixed ? `${value}, or the run's own` : value)))));
  fill("view", fields);
};
const draw = () => {
  for (const field of document.querySelectorAll("#view select")) field.value = state[field.name];
  for (const view of VIEWS) view();
  viewDetail(pinnedCell(), true);
};
// What a view needs and the page lacks is loaded first; if that fails, what was shown before stays.
let drawnState = {};
const viewAll = (after = () => {}) => {
  const missing = [...new Set([...offered(), pinnedMachine(), board()])].filter((one) => one?.file && !isHere(one));
  if (!missing.length) {
    drawnState = { ...state };
    draw();
    return after();
  }
  fill("said", `Loading ${missing.map((one) => one.machine || "the times of all machines").join(", ")}`);
  // Without the times of all machines the page shows what it has of one.
  const loading = (one) => (one.machine ? load(one) : load(one).catch((error) => { one.unread = error.message; }));
  return Promise.all(missing.map(loading)).then(() => {
    document.getElementById("unread").hidden = true;
    viewAll(after);
  }, (error) => {
    Object.assign(state, "machine" in drawnState ? drawnState : defaults());
    fill("unread", error.message);
    document.getElementById("unread").hidden = false;
    writeHash();
    viewAll();
  });
};
// A view is drawn anew, so the control that was pressed is a new one: it gets the focus back.
const change = (name, value, member = false) => {
  const pressed = document.activeElement;
  const group = pressed.closest(".toggles");
  const place = group && [...group.children].indexOf(pressed);
  const part = group && group.closest("[id]").id;
  const id = pressed.id;
  const title = pressed.closest("section")?.querySelector("h2");
  if (member) toggle(name, value); else { state[name] = value; fit(name); }
  writeHash();
  viewAll(() => {
    if (group) document.querySelectorAll(`#${part} .toggles > *`)[place].focus();
    else if (id) (document.getElementById(id) ?? title).focus();
    document.getElementById("said").textContent = member ? "" : `Shown: ${name} ${value}`;
  });
};
const flat = (cell) => {
  const found = comparison(cell) || {};
  const row = { machine: cell.machine.machine, run: cell.machine.run };
  for (const name of store.columns) row[name] = cell[name];
  return { ...row, baseline: baseOf(cell.machine, cell.op), speedup: found.value ?? null, speedup_low: found.low ?? null, speedup_high: found.high ?? null, verdict: found.verdict ?? null };
};
const quoted = (value) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const asCsv = (rows) => rows.length ? [Object.keys(rows[0]), ...rows.map(Object.values)]
  .map((row) => row.map((value) => quoted(String(value ?? ""))).join(",")).join("\n") + "\n" : "";
const saveButtons = (what, rows) => {
  const save = (kind, write) => () => {
    const address = URL.createObjectURL(new Blob([write(rows())], { type: kind === "csv" ? "text/csv" : "application/json" }));
    make("a", { href: address, download: `${what.replace(" ", "-")}.${kind}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };
  return make("p", { class: "save" }, `Save what the ${what} show${what.endsWith("s") ? "" : "s"}: `,
    make("button", { type: "button", onclick: save("csv", asCsv) }, "CSV"), " ",
    make("button", { type: "button", onclick: save("json", (table) => JSON.stringify(table, null, 1)) }, "JSON"));
};

for (const node of document.querySelectorAll(".scripted")) node.hidden = false;
for (const node of document.querySelectorAll(".noscript")) node.remove();
for (const node of document.querySelectorAll("details.plain")) node.open = false;
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !document.getElementById("detail").hidden) unpin(); });
for (const link of document.querySelectorAll("nav a, .skip")) {
  link.addEventListener("click", (event) => { event.preventDefault(); go(link.hash.slice(1)); });
}
window.addEventListener("hashchange", () => {
  if (document.getElementById(location.hash.slice(1))) return;
  readHash();
  viewAll();
});
window.addEventListener("beforeprint", () => { for (const node of document.querySelectorAll("details")) node.open = true; });
let drawnWidth = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth === drawnWidth) return;
  drawnWidth = window.innerWidth;
  if (![...offered(), board()].every((one) => !one || isHere(one))) return; // it is drawn when its figures are here
  viewCurves();
  viewMachines();
});
readHash();
viewForm();
// When the first charts are on the screen: after the frame that paints them. The browser keeps it for whoever asks.
viewAll(() => requestAnimationFrame(() => setTimeout(() => performance.mark("charts"))));
