// Figures as text, as harness/units.py writes them; elements without ever parsing text as markup.
"use strict";
const significant = (value, digits = 3) => {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  const rounded = Number(value.toExponential(digits - 1)); // 9.96 with two digits is 10, not 10.0
  if (rounded === 0) return "0";
  return rounded.toFixed(Math.max(digits - 1 - Math.floor(Math.log10(Math.abs(rounded))), 0));
};
const large = (value, unit, digits = 3) => {
  if (!known(value)) return "–";
  const [scale, prefix] = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]].find(([least]) => value >= least) || [1, ""];
  return `${significant(value / scale, digits)} ${prefix}${unit}`;
};
const percent = (value) => (known(value) ? `${significant(100 * value, 2)} %` : "–");
const known = (value) => value !== null && value !== undefined;
const seconds = (value) => {
  if (!known(value)) return "–";
  const units = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];
  const shown = Number(value.toExponential(2)); // 0.9999 ms is 1.00 ms, not 1000 µs
  const [scale, unit] = units.find(([least]) => shown >= least) || units[3];
  return `${significant(value / scale)} ${unit}`;
};
const size = (n) => {
  for (const [power, unit] of [[2 ** 20, " Mi"], [2 ** 10, " Ki"]]) {
    if (n >= power && n % power === 0) return `${n / power}${unit}`;
  }
  return String(n);
};
const elements = (n) => {
  if (n >= 1e6) return `${significant(n / 1e6, 2)} M`;
  if (n < 1e3) return String(Math.round(n));
  const step = 10 ** (Math.floor(Math.log10(n)) - 1);
  return String(Math.round(n / step) * step).replace(/\B(?=(\d{3})+$)/g, " ");
};
const LEAST = 1e-4, MOST = 1e6, WIDEST = 1e3;
const grouped = (digits) => digits.replace(/^\d{5,}/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, " "));
const multiple = (value, digits = 3) => {
  if (value < LEAST) return "less than 0.0001";
  return value > MOST ? "more than 1 000 000" : grouped(significant(value, digits));
};
const about = (value) => (value >= 0.9 && value < 1.1 ? value.toFixed(2) : multiple(value, value >= 100 ? 3 : 2));
const ratio = (value) => (known(value) ? `${multiple(value)}×` : "–");
// What an interval tells; an end that is null has no end.
const bounds = (low, high, text = multiple) => {
  const end = high ?? Infinity, narrow = end <= WIDEST * low;
  const hasLeast = low >= LEAST && (narrow || low > 1), hasMost = end <= MOST && (narrow || end < 1);
  if (hasLeast && hasMost) return `${text(low)} to ${text(end)}`;
  if (hasLeast) return `at least ${text(Math.min(low, MOST))}`;
  return hasMost ? `at most ${text(Math.max(end, LEAST))}` : "";
};
const briefBounds = (low, high) => {
  const told = bounds(low, high, about), [first, last] = told.split(" to ");
  return first === last ? first : told;
};
const secondsBounds = (low, high) => ((high ?? Infinity) <= WIDEST * low ? `${seconds(low)} to ${seconds(high)}` : "");
const interval = (low, high, tell) => (known(low) ? tell(low, high) || "no useful interval" : "");

// Text is only ever set as text: a machine may be called <script>.
const make = (tag, attributes = {}, ...children) => {
  const svg = ["svg", "g", "path", "line", "text", "rect", "title", "desc"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && known(value)) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter(known));
  return node;
};
const fill = (id, ...children) => document.getElementById(id).replaceChildren(...children.flat().filter(known));
