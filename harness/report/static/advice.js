// The advice panel: which backend to take at a size and a number of calls per transfer.
// What is expected of each backend comes from harness/advice; the formulas and the words here are those of its
// chain.py, break_even.py and advice.py, and a test in a browser holds them together.
const CALLS = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 10000];
const BEYOND = "; beyond the sizes that were measured, where this may mislead";
// Of calls and of round trips: log speedup, and how far it may be off, below and above apart where these differ.
const estimates = ([call, callReach, trip, tripReach]) => {
  const figure = (value) => (known(value) ? value * store.advising.unit : NaN);
  const callLog = figure(call), tripLog = figure(trip);
  const [callBelow, callAbove, tripBelow, tripAbove] = [callReach, tripReach].flatMap((reach) => (Array.isArray(reach) ? reach : [reach, reach])).map(figure);
  return (calls) => {
    const ofCall = (1 - 1 / calls) * Math.exp(-callLog), ofTrip = Math.exp(-tripLog) / calls, time = ofCall + ofTrip;
    const log = -Math.log(time), reach = (one, other) => (ofCall * one + ofTrip * other) / time;
    return { log, low: log - reach(callBelow, tripBelow), high: log + reach(callAbove, tripAbove) };
  };
};
// The least number of calls, from 1 on, at which something is above 0; infinite for none.
const firstAbove = (log) => {
  if (log(1) > 0) return 1;
  if (!(log(store.advising.calls) > 0)) return Infinity;
  let below = 0, above = Math.log(store.advising.calls);
  while (above - below > 1e-6) {
    const middle = (below + above) / 2;
    if (log(Math.exp(middle)) > 0) above = middle; else below = middle;
  }
  return Math.exp(above);
};
const verdictOf = ({ low, high }) => {
  const { band, margin } = store.advising;
  if (low > band) return "faster";
  if (high < -band) return "slower";
  return low >= -margin && high <= margin ? "same" : "unsure";
};
const pays = (at) => {
  const low = firstAbove((calls) => at(calls).high), high = firstAbove((calls) => at(calls).low);
  if (low === Infinity) return "pays at no number of calls per transfer";
  const least = Math.ceil(low), most = Math.ceil(high);
  if (high === Infinity) return `not known to pay at any number of calls per transfer${least > 1 ? ` (at least ${elements(least)})` : ""}`;
  if (high <= 1) return "pays from the first call on";
  const first = Math.ceil(firstAbove((calls) => at(calls).log));
  return `pays from ${first === 1 ? "the first call" : `${elements(first)} calls per transfer`} on${least === most ? "" : ` (${elements(least)} to ${elements(most)})`}`;
};
const advise = ([, , , backends, spoiled], at, calls) => {
  const choices = backends.filter(([, rows]) => rows[at]).map(([place, rows]) => {
    const ofCalls = estimates(rows[at]), told = ofCalls(calls);
    const [value, low, high] = [told.log, told.low, told.high].map(Math.exp);
    const range = Number.isNaN(low) ? "" : ` (${interval(low, high, briefBounds)})`;
    return { place, name: store.names.backend[place], log: told.log, value, low, high, verdict: verdictOf(told), times: `${about(value)} times${range}`, pays: pays(ofCalls), beyond: rows[at][4] ? BEYOND : "" };
  }).sort((a, b) => b.value - a.value);
  const untold = spoiled.filter((place) => !choices.some((one) => one.place === place && !one.beyond));
  const lacking = [
    ...backends.filter(([, rows]) => rows[at] === 0).map(([place]) => `; ${store.names.backend[place]} lacks the memory`),
    ...untold.map((place) => `; other work spoiled the times of ${store.names.backend[place]} near it, measure again`),
  ].join("");
  return { choices, lacking };
};
const adviceSentence = ({ choices, lacking }, baseline) => {
  const [next] = choices;
  const best = choices.find(({ verdict }) => verdict === "faster");
  // What is probably faster by more than the margin, and is not known to be.
  const probable = next.log > (best ? best.log : 0) + store.advising.margin;
  const advised = probable ? next : best;
  if (advised) {
    const alike = choices.filter((one) => one !== best && one.high > advised.low).map(({ name }) => name);
    const sure = best ? `; ${best.name} is for sure, ${best.times}` : "";
    const beside = advised === best ? (alike.length ? `; ${alike.join(" and ")} may be as fast` : "") : sure;
    return `${advised === best ? "" : "probably "}${advised.name}, ${advised.times} faster than ${baseline}; ${advised.pays}${beside}${advised.beyond}${lacking}`;
  }
  const why = {
    same: `${next.name} is about as fast, ${next.times}`,
    unsure: `whether ${next.name} is faster is not known, ${next.times}`,
    slower: `the next is ${next.name}, ${next.times} as fast`,
  }[next.verdict];
  return `stay with ${baseline}: ${why}; it ${next.pays.startsWith("pays") ? "" : "is "}${next.pays}${next.beyond}${lacking}`;
};
const viewAdvice = () => {
  const { advice, own } = shownMachine();
  document.getElementById("advice").hidden = !advice.length;
  const ops = [...new Set(advice.map(([op]) => store.names.op[op]))];
  const choice = make("label", {}, "Op", make("select", { id: "advice-op", onchange: (event) => change("op", event.target.value) },
    (ops.includes(state.op) ? ops : [state.op, ...ops]).map((op) => make("option", { value: op, selected: op === state.op }, op))));
  const panel = advice.find(([op, dtype]) => store.names.op[op] === state.op && store.names.dtype[dtype] === state.dtype);
  if (!panel) return fill("advice-body", make("div", { class: "panel" }, choice), make("p", {}, `Nothing can be advised on ${state.op}: no backend has calls and round trips beside the baseline's, or other work spoiled them all.`));
  const sizes = panel[2], baseline = own[state.op];
  // The place of what is nearest to what the address says, which may be any text.
  const nearest = (values, name) => {
    const wanted = state[name] > 0 ? state[name] : defaults()[name];
    return values.reduce((best, value, at) => (Math.abs(log(value / wanted)) < Math.abs(log(values[best] / wanted)) ? at : best), 0);
  };
  const slider = (name, values, words) => {
    const shown = make("b", {});
    const input = make("input", { type: "range", id: `advice-${name}`, min: 0, max: values.length - 1, step: 1, value: nearest(values, name), oninput: () => { state[name] = String(values[input.value]); tell(); }, onchange: writeHash });
    return { node: make("label", {}, make("span", {}, ...words(shown)), input), at: () => Number(input.value), say: (text) => { shown.textContent = text; input.setAttribute("aria-valuetext", text); } };
  };
  const n = slider("n", sizes, (shown) => ["Size: ", shown]);
  const calls = slider("calls", CALLS, (shown) => ["Calls on data that is moved once: ", shown]);
  const said = make("output", { for: "advice-n advice-calls" }), beside = make("div", {});
  const tell = () => {
    const many = CALLS[calls.at()], at = n.at();
    n.say(`${size(sizes[at])} elements`);
    calls.say(elements(many));
    const found = advise(panel, at, many);
    said.textContent = `${adviceSentence(found, baseline)}.`.replace(/(?<=\d) (?=\d|[KM]i?\b)/g, "\u00a0");
    const caption = `${state.op}, ${size(sizes[at])} elements, ${elements(many)} call${many > 1 ? "s" : ""} per transfer`;
    beside.replaceChildren(make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Each backend" }, make("table", {}, make("caption", {}, caption),
      make("thead", {}, make("tr", {}, ["backend", `times as fast as ${baseline}`, "with more calls per transfer"].map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, found.choices.map((one) => make("tr", {}, make("th", { scope: "row" }, swatch(placed(one.place)), one.name),
        make("td", { class: one.verdict }, `${one.times}\u00a0${SIGNS[one.verdict]}`), make("td", {}, one.pays)))))));
  };
  tell();
  fill("advice-body", make("div", { class: "panel" }, choice, n.node, calls.node), said, beside);
};
