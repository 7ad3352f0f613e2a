"use strict";
/* The page's data is text in an element that no browser runs; all of it is shown by textContent. */
const $ = (id) => document.getElementById(id);
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
const SVG = "http://www.w3.org/2000/svg";
const draw = (tag, given, text) => {
  const node = document.createElementNS(SVG, tag);
  for (const key in given) node.setAttribute(key, given[key]);
  if (text !== undefined) node.textContent = text;
  return node;
};
/* What the mouse shows and does with an element, the keyboard does, too. */
function reach(node, show, act) {
  node.setAttribute("tabindex", 0);
  node.addEventListener("mouseenter", show);
  node.addEventListener("focus", show);
  if (!act) return;
  node.setAttribute("role", "button");
  node.addEventListener("click", act);
  node.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); act(); } });
}
const amount = (n, unit) => {
  for (const [prefix, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]])
    if (n >= size) return `${(n / size).toPrecision(3)} ${prefix}${unit}`;
  return `${Math.round(n)} ${unit}`;
};

async function unpacked() {
  const held = $("data");
  if (held.dataset.packed === undefined) return JSON.parse(held.textContent);
  const bytes = Uint8Array.from(atob(held.textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/* ---- Words: names of values, of functions, numbers, strings, comments */
const WORDS = {
  ir: /(%[\w.]+)|(@[\w.<>-]+|#\w+|!\w+)|("(?:[^"\\]|\\.)*")|(\/\/.*)|(\b(?:function|return|True|False|None)\b|(?:^\s*|= )[a-z_]+(?:\.[a-z_]+)*(?=[ (]|$))|(\b-?\d[\w.]*\b)/g,
  llvm: /(%"?[\w.$-]+"?)|(@"?[\w.$-]+"?|![\w.]+|#\d+)|("(?:[^"\\]|\\.)*")|(;.*)|(\b(?:define|declare|ret|br|phi|call|load|store|getelementptr|fadd|fsub|fmul|fdiv|add|sub|mul|select|icmp|fcmp|label|switch|internal|tail)\b)|(\b-?\d[\w.+]*\b)/g,
  asm: /(%\w+)|(\$?\.?L\w+|\b[\w.]+:)|("(?:[^"\\]|\\.)*")|(#.*)|(^\s+\.?[a-z]\w*)|(\$?-?\b\d\w*\b)/g,
  source: /(\0)|(@\w[\w.]*)|("""|'''|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(#.*)|(\b(?:def|return|for|in|if|else|elif|while|lambda|import|from|as|with|class|not|and|or|None|True|False|yield)\b)|(\b\d[\w.]*\b)/g,
};
const KINDS = ["v", "n2", "s", "c", "w", "u"];

function coloured(into, text, kind) {
  let end = 0;
  for (const found of text.matchAll(WORDS[kind])) {
    if (found.index > end) into.append(text.slice(end, found.index));
    const at = found.slice(1).findIndex((x) => x !== undefined);
    into.append(make("span", at === 1 ? "u" : KINDS[at], found[0]));
    end = found.index + found[0].length;
  }
  into.append(text.slice(end));
}

/* ---- Lines of the source, and the sets of them behind each line of a stage */
let D;
const state = { pins: new Set(), light: new Set(), steps: new Set(), panes: [], at: 1, row: 0, hits: [], hit: -1 };
let lineOf = [];      // place -> source line number on the page
let setLines = [];    // set -> source lines
let sourceLines = []; // [file, line, text]
const setOf = (name) => D.sets[name] || [];

function prepare() {
  const known = new Map();
  D.files.forEach((file, f) => file.lines.forEach(([n, text]) => {
    known.set(`${f}:${n}`, sourceLines.length);
    sourceLines.push([f, n, text]);
  }));
  lineOf = D.places.map(([f, n]) => known.has(`${f}:${n}`) ? known.get(`${f}:${n}`) : -1);
  setLines = D.sets.map((set) => [...new Set(set.map((p) => lineOf[p]).filter((x) => x >= 0))]);
}
const hueOf = (line) => `hue-${line % 7}`;
const lit = (lines) => lines.some((x) => state.light.has(x));
const pinned = (lines) => lines.some((x) => state.pins.has(x));

function markOf(lines) {
  if (!lines.length) return "";
  const n = sourceLines[lines[0]][1];
  return lines.length > 1 ? `${n}+${lines.length - 1}` : `${n}`;
}

function lineNode(number, text, kind, lines) {
  const node = make("div", "l");
  if (lines.length) node.classList.add("has", hueOf(lines[0]));
  node.append(make("span", "n", number));
  const body = make("span", "t");
  coloured(body, text, kind);
  node.append(body);
  return node;
}

function inBlocks(into, nodes) {
  into.textContent = "";
  for (let i = 0; i < nodes.length; i += 100) {
    const block = make("div", "block");
    block.append(...nodes.slice(i, i + 100));
    block.style.containIntrinsicHeight = `auto ${18 * Math.min(100, nodes.length - i)}px`;
    into.append(block);
  }
}

/* ---- Panes: rows of lines, one of which is the current one */
class Rows {
  constructor(number, code) {
    this.number = number;
    this.code = code;
    this.section = $(`pane-${number}`);
    this.row = -1;
    for (const kind of ["focusin", "mousedown"]) this.section.addEventListener(kind, () => focusPane(this));
  }
  move(by) {
    this.nodes[this.row]?.classList.remove("at");
    this.row = Math.max(0, Math.min(this.nodes.length - 1, this.row + by));
    const node = this.nodes[this.row];
    if (!node) return;
    node.classList.add("at");
    node.scrollIntoView({ block: "nearest" });
    light(this.linesAt(this.row), []);
    tell(this.textAt(this.row).trim());
  }
  reveal() { this.nodes.find((n) => n.classList.contains("on"))?.scrollIntoView({ block: "nearest" }); }
}
class Source extends Rows {
  constructor() { super(0, $("source")); this.nodes = showSource(this.code); }
  linesAt(row) { return row < 0 ? [] : [row]; }
  textAt(row) { return sourceLines[row][2]; }
  nextValue() {}
}

function showSource(into) {
  const nodes = [], rows = [];
  let file = -1, last = 0;
  sourceLines.forEach(([f, n, text], i) => {
    if (f !== file) nodes.push(make("div", "file", D.files[f].name));
    else if (n !== last + 1) nodes.push(make("div", "file", "⋯"));
    file = f; last = n;
    const used = setLines.some((lines) => lines.includes(i));
    const node = lineNode(String(n), text, "source", used ? [i] : []);
    node.dataset.source = i;
    nodes.push(node);
    rows.push(node);
  });
  if (!nodes.length) nodes.push(make("div", "file", "the source is not at hand"));
  inBlocks(into, nodes);
  return rows;
}

class Pane extends Rows {
  constructor(number, stage) {
    super(number, $(`code-${number}`));
    this.select = $(`stage-${number}`);
    this.diff = false;
    D.stages.forEach((s, i) => {
      const option = make("option", "", s.same ? `${s.title} (unchanged)` : s.title);
      option.value = i;
      this.select.append(option);
    });
    this.select.addEventListener("change", () => this.show(Number(this.select.value)));
    this.show(stage);
  }
  show(stage) {
    this.stage = Math.max(0, Math.min(D.stages.length - 1, stage));
    const s = D.stages[this.stage];
    this.select.value = this.stage;
    $(`about-${this.number}`).textContent = this.diff ? `difference to ${this.stage ? D.stages[this.stage - 1].title : "nothing"}` : s.about;
    this.rows = this.diff && this.stage ? difference(D.stages[this.stage - 1], s) : s.lines.map((_, i) => [s, i, ""]);
    this.nodes = this.rows.map(([from, i, change], row) => {
      const lines = setLines[from.sets[i]] || [];
      const node = lineNode(markOf(lines), from.lines[i], from.kind, lines);
      if (change) node.classList.add(change);
      node.dataset.row = row;
      return node;
    });
    inBlocks(this.code, this.nodes);
    this.code.scrollTop = 0;
    this.row = 0;
    this.word = -1;
    relight();
    search();
  }
  linesAt(row) { const [from, i] = this.rows[row]; return setLines[from.sets[i]] || []; }
  textAt(row) { const [from, i] = this.rows[row]; return from.lines[i]; }
  relight() {
    this.rows.forEach(([from, i], row) => {
      const lines = setLines[from.sets[i]] || [];
      const step = from.steps && state.steps.has(from.steps[i]);
      const classes = this.nodes[row].classList;
      classes.toggle("on", step || lit(lines));
      classes.toggle("pin", pinned(lines));
    });
  }
  values(name, scope, from) {
    this.rows.forEach(([of, i], row) => {
      for (const word of this.nodes[row].querySelectorAll(".v"))
        word.classList.toggle("same", name !== "" && of === from && of.scopes[i] === scope && word.textContent === name);
    });
  }
  move(by) { this.word = -1; super.move(by); }
  nextValue() {
    const words = [...this.nodes[this.row].querySelectorAll(".v")], [from, i] = this.rows[this.row];
    this.word = this.word + 1 < words.length ? this.word + 1 : -1;
    showValues(words[this.word], from.scopes[i], from);
  }
}
const panes = () => [state.source, ...state.panes];
const showValues = (word, scope, from) => { for (const p of state.panes) p.values(word ? word.textContent : "", scope, from); };

function focusPane(pane) {
  state.at = pane.number;
  for (const p of panes()) p.section.classList.toggle("at", p === pane);
}
function goToPane(number) {
  const pane = panes()[number];
  only(number);
  pane.code.focus();
  focusPane(pane);
}

/* Lines of the stage, and lines that it lacks; equal lines are found by their text without numbers. */
function difference(before, after) {
  const key = (s) => s.lines.map((line) => line.replace(/%\d+/g, "%"));
  const a = key(before), b = key(after), rows = [];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  for (let i = 0; i < head; i++) rows.push([after, i, ""]);
  rows.push(...middle(before, after, a, b, head, a.length - tail, b.length - tail));
  for (let i = b.length - tail; i < b.length; i++) rows.push([after, i, ""]);
  return rows;
}
function middle(before, after, a, b, head, endA, endB) {
  const n = endA - head, m = endB - head, rows = [];
  if (n * m > 4e6) {
    for (let i = head; i < endA; i++) rows.push([before, i, "del"]);
    for (let j = head; j < endB; j++) rows.push([after, j, "add"]);
    return rows;
  }
  const table = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1));
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      table[i][j] = a[head + i] === b[head + j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  let i = 0, j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && a[head + i] === b[head + j]) { rows.push([after, head + j, ""]); i++; j++; }
    else if (i < n && (j === m || table[i + 1][j] >= table[i][j + 1])) rows.push([before, head + i++, "del"]);
    else rows.push([after, head + j++, "add"]);
  }
  return rows;
}

/* ---- Light */
function light(lines, steps) {
  state.light = new Set(lines);
  state.steps = new Set(steps);
  relight();
}
function relight() {
  for (const node of document.querySelectorAll("[data-source]")) {
    const i = Number(node.dataset.source);
    node.classList.toggle("on", state.light.has(i));
    node.classList.toggle("pin", state.pins.has(i));
  }
  for (const pane of state.panes) pane.relight();
  for (const node of document.querySelectorAll("[data-set]")) {
    const step = node.dataset.step && state.steps.has(Number(node.dataset.step));
    const lines = setLines[Number(node.dataset.set)] || [];
    node.classList.toggle("on", Boolean(step) || (!state.steps.size && (lit(lines) || pinned(lines))));
  }
}
const tell = (text) => { $("tell").textContent = text; };

function pin(lines) {
  const all = lines.length && lines.every((x) => state.pins.has(x));
  for (const x of lines) all ? state.pins.delete(x) : state.pins.add(x);
  relight();
  for (const pane of state.panes) pane.reveal();
}

function overLine(event) {
  const node = event.target.closest(".l");
  if (!node) return;
  if (node.dataset.source !== undefined) return light([Number(node.dataset.source)], []);
  const pane = state.panes.find((p) => p.code.contains(node));
  if (!pane) return;
  const row = Number(node.dataset.row), [from, i] = pane.rows[row];
  light(pane.linesAt(row), []);
  showValues(event.target.closest(".v"), from.scopes[i], from);
}
function clickLine(event) {
  const node = event.target.closest(".l");
  if (!node) return;
  if (node.dataset.source !== undefined) return pin([Number(node.dataset.source)]);
  const pane = state.panes.find((p) => p.code.contains(node));
  if (pane) pin(pane.linesAt(Number(node.dataset.row)));
}

/* ---- Search */
function search() {
  const text = $("find").value.toLowerCase();
  state.hits = [];
  const all = [...document.querySelectorAll("#source .l"), ...state.panes.flatMap((p) => p.nodes || [])];
  for (const node of all) {
    const hit = text !== "" && node.textContent.toLowerCase().includes(text);
    node.classList.toggle("hit", hit);
    if (hit) state.hits.push(node);
  }
  state.hit = -1;
  $("found").textContent = text ? String(state.hits.length) : "";
}
function nextHit(by) {
  if (!state.hits.length) return;
  state.hit = (state.hit + by + state.hits.length) % state.hits.length;
  state.hits[state.hit].scrollIntoView({ block: "center" });
  $("found").textContent = `${state.hit + 1} of ${state.hits.length}`;
}

/* ---- Drawer */
function lightStep(number) {
  const step = D.steps[number - 1];
  light(setLines[step.set] || [], [number]);
  tell(`${step.title}: ${amount(step.bytes, "B")}, ${amount(step.simple + step.hard, "op")}`);
}
function goToStep(number) {
  const at = (name) => D.stages.findIndex((s) => s.title === name);
  state.panes[0].show(at("parallel") >= 0 ? at("parallel") : state.panes[0].stage);
  if (at("assembly") >= 0) state.panes[1].show(at("assembly"));
  lightStep(number);
  only(1);
  for (const pane of state.panes) pane.reveal();
}
function showGraph() {
  const { nodes, edges, size: [w, h], cut } = D.graph, sheet = $("sheet-graph");
  if (!nodes.length) return void sheet.append(make("p", "", "Each op is a call of the backend: there are no kernels to show."));
  if (cut) sheet.append(make("p", "", `${cut} more nodes are left out`));
  const width = Math.max(...nodes.map((n) => n[2])) + w + 24, height = Math.max(...nodes.map((n) => n[3])) + h + 24;
  const svg = draw("svg", { width, height, role: "group", "aria-label": "arrays that flow between steps" });
  const most = Math.max(1, ...edges.map((e) => e[2]));
  edges.forEach(([a, b, bytes, type, why]) => {
    const x = nodes[a][2] + w + 12, y = nodes[a][3] + h / 2 + 12, u = nodes[b][2] + 12, v = nodes[b][3] + h / 2 + 12;
    const bend = Math.max(24, Math.abs(u - x) / 2);
    const path = draw("path", { class: why ? "flow why" : "flow", d: `M${x},${y} C${x + bend},${y} ${u - bend},${v} ${u},${v}`,
      "stroke-width": 1 + 4 * Math.sqrt(bytes / most) });
    const text = `${nodes[a][0]} → ${nodes[b][0]}: ${type}, ${amount(bytes, "B")}${why ? `; not one kernel: ${why}` : ""}`;
    path.append(draw("title", {}, text));
    reach(path, () => tell(text));
    svg.append(path);
  });
  nodes.forEach(([name, kind, x, y]) => {
    const number = D.steps.findIndex((s) => s.title === name) + 1;
    const group = draw("g", { class: kind, transform: `translate(${x + 12},${y + 12})` });
    group.dataset.set = number ? D.steps[number - 1].set : 0;
    if (number) group.dataset.step = number;
    group.append(draw("rect", { class: "box", width: w, height: h, rx: 7 }));
    group.append(draw("text", { x: w / 2, y: h / 2 + 4, "text-anchor": "middle" }, name.length > 20 ? `${name.slice(0, 19)}…` : name));
    group.append(draw("title", {}, number ? D.steps[number - 1].text : name));
    if (number) reach(group, () => lightStep(number), () => goToStep(number));
    svg.append(group);
  });
  sheet.append(svg);
  const why = edges.filter((e) => e[4]);
  if (!why.length) return;
  const details = make("details"), table = make("table");
  details.append(make("summary", "", `why not fused (${why.length})`), table);
  for (const [a, b, , type, reason] of why) {
    const row = make("tr");
    row.append(make("td", "", `${nodes[a][0]} → ${nodes[b][0]}`), make("td", "", type), make("td", "", reason));
    table.append(row);
  }
  sheet.append(details);
}
function showMemory() {
  const { steps, buffers } = D.memory, sheet = $("sheet-memory");
  if (!buffers.length) return void sheet.append(make("p", "", "No temporaries in memory."));
  const width = Math.max(480, 40 * steps.length), height = 220, left = 70;
  const svg = draw("svg", { width: width + left + 10, height: height + 44, role: "group", "aria-label": "the workspace over time" });
  const x = (t) => left + (width * t) / steps.length, y = (b) => 8 + height * (1 - b / D.workspace);
  for (const part of [0, 0.5, 1]) {
    svg.append(draw("line", { class: "axis", x1: left, x2: left + width, y1: y(part * D.workspace), y2: y(part * D.workspace) }));
    svg.append(draw("text", { class: "small", x: left - 6, y: y(part * D.workspace) + 4, "text-anchor": "end" }, amount(part * D.workspace, "B")));
  }
  for (const [name, type, offset, bytes, first, last, set] of buffers) {
    const text = `${name} ${type}: ${amount(bytes, "B")} at ${offset}, from ${steps[first]} to ${steps[last]}`;
    const box = draw("rect", { class: "box", x: x(first), width: Math.max(3, x(last + 1) - x(first) - 2), y: y(offset + bytes),
      height: Math.max(2, y(offset) - y(offset + bytes) - 1) });
    box.dataset.set = set;
    box.append(draw("title", {}, text));
    reach(box, () => { light(setLines[set] || [], []); tell(text); });
    svg.append(box);
  }
  const every = Math.ceil((steps.length * 70) / width);
  steps.forEach((name, i) => {
    if (i % every === 0) svg.append(draw("text", { class: "small", x: x(i), y: height + 24 + 12 * (i / every % 2) }, name));
  });
  sheet.append(svg);
}
function showExplanation() {
  const sheet = $("sheet-explain"), parts = D.explanation.split("\n\n");
  parts.forEach((text) => {
    const pre = make("pre", "step", text), title = text.trim().split(":")[0];
    const number = D.steps.findIndex((s) => s.title === title || s.text === text.trim()) + 1;
    if (number) {
      pre.dataset.set = D.steps[number - 1].set;
      pre.dataset.step = number;
      reach(pre, () => lightStep(number));
    }
    sheet.append(pre);
  });
}
/* Rates over operations a byte, both in powers of ten, under the machine's two peaks. */
function roofline({ peaks: [bandwidth, arithmetic], points }) {
  const width = 420, height = 220, left = 52, log = Math.log10;
  const xs = points.map((p) => log(p[1])), ys = points.map((p) => log(Math.max(p[2], 1e-3)));
  const ridge = log(arithmetic / bandwidth);
  const x0 = Math.floor(Math.min(-2, ...xs)), x1 = Math.ceil(Math.max(ridge + 1, ...xs));
  const y1 = Math.ceil(log(arithmetic)), y0 = Math.floor(Math.min(y1 - 3, ...ys));
  const x = (v) => left + ((v - x0) / (x1 - x0)) * (width - left - 10), y = (v) => 10 + (1 - (v - y0) / (y1 - y0)) * (height - 40);
  const svg = draw("svg", { width, height, role: "group", "aria-label": "roofline: rate over operations a byte" });
  for (let v = x0; v <= x1; v++) svg.append(draw("line", { class: "axis", x1: x(v), x2: x(v), y1: y(y0), y2: y(y1) }),
    draw("text", { class: "small", x: x(v), y: height - 16, "text-anchor": "middle" }, `${Number((10 ** v).toPrecision(1))}`));
  for (let v = y0; v <= y1; v++) svg.append(draw("line", { class: "axis", x1: x(x0), x2: x(x1), y1: y(v), y2: y(v) }),
    draw("text", { class: "small", x: left - 6, y: y(v) + 4, "text-anchor": "end" }, `${Number((10 ** v).toPrecision(1))}`));
  svg.append(draw("text", { class: "small", x: (left + width) / 2, y: height - 3, "text-anchor": "middle" }, "operations a byte; upward Gop/s"));
  const low = Math.max(x0, y0 - log(bandwidth));
  svg.append(draw("path", { class: "flow", "stroke-width": 2, d: `M${x(low)},${y(low + log(bandwidth))} L${x(ridge)},${y(log(arithmetic))} L${x(x1)},${y(log(arithmetic))}` }));
  points.forEach(([title, at, rate], i) => {
    const number = D.steps.findIndex((s) => s.title === title) + 1, text = `${title}: ${rate.toPrecision(3)} Gop/s at ${at.toPrecision(2)} operations a byte`;
    const dot = draw("circle", { class: "box", cx: x(log(at)), cy: y(Math.max(y0, ys[i])), r: 5 });
    dot.append(draw("title", {}, text));
    reach(dot, () => { if (number) lightStep(number); tell(text); });
    svg.append(dot);
  });
  return svg;
}
/* The steps of the last call, one after another. */
function timeline({ bars, length }) {
  const width = 900, svg = draw("svg", { width: width + 10, height: 44, role: "group", "aria-label": "the steps of a call over time" });
  for (const [title, start, stop] of bars) {
    const number = D.steps.findIndex((s) => s.title === title) + 1, w = Math.max(1, (width * (stop - start)) / length);
    const box = draw("rect", { class: "box", x: (width * start) / length, width: w, y: 4, height: 26 });
    const text = `${title}: ${amount((stop - start) * 1e-9 * 1e6, "us")}`;
    box.dataset.set = number ? D.steps[number - 1].set : 0;
    if (number) box.dataset.step = number;
    box.append(draw("title", {}, text));
    reach(box, () => { if (number) lightStep(number); tell(text); });
    svg.append(box);
    if (w > 60) svg.append(draw("text", { class: "small", x: (width * start) / length + 4, y: 21 }, title.slice(0, w / 7)));
  }
  return svg;
}
function showProfile() {
  const sheet = $("sheet-profile"), { kernels, lines, total } = D.profile;
  const table = (head, rows) => {
    const made = make("table"), top = make("tr"), side = (i) => (i && head[i] !== "source" ? "r" : "");
    head.forEach((h, i) => top.append(make("th", side(i), h)));
    made.append(top);
    for (const row of rows) {
      const tr = make("tr");
      row.forEach((cell, i) => tr.append(make("td", side(i), cell)));
      made.append(tr);
    }
    return made;
  };
  sheet.append(make("p", "", `the quickest call: ${total}`), timeline(D.profile));
  if (D.profile.points.length) sheet.append(roofline(D.profile));
  sheet.append(table(["step", "calls", "median", "share", "moves", "GB/s", "Gop/s", "of peak"], kernels),
    make("p", "", "by source line"), table(["line", "forward", "derivative", "share", "source"], lines));
}
function tab(name) {
  for (const button of document.querySelectorAll("[role=tab]")) {
    const on = button.dataset.tab === name;
    button.setAttribute("aria-selected", on);
    button.tabIndex = on ? 0 : -1;
    $(`sheet-${button.dataset.tab}`).hidden = !on;
  }
  $("drawer").classList.remove("shut");
}

/* ---- Keys */
function only(number) { document.querySelector("main").dataset.only = number; $("switch").value = number; }
function keys(event) {
  const typing = event.target.matches("input, select");
  if (event.key === "Escape") {
    $("find").value = ""; search(); state.pins.clear(); light([], []); showValues(); if (typing) event.target.blur(); return;
  }
  if (event.key === "Enter" && event.target === $("find")) return nextHit(event.shiftKey ? -1 : 1);
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const current = panes()[state.at], pane = state.panes[Math.max(0, state.at - 1)], acts = {
    ArrowRight: () => pane.show(pane.stage + 1), ArrowLeft: () => pane.show(pane.stage - 1),
    j: () => current.move(1), k: () => current.move(-1), v: () => current.nextValue(),
    d: () => { pane.diff = !pane.diff; pane.show(pane.stage); },
    p: () => pin(current.linesAt(current.row)),
    "/": () => $("find").focus(), "?": () => $("help").showModal(),
    n: () => nextHit(1), N: () => nextHit(-1),
    o: () => goToPane((state.at + 1) % 3), s: () => $("drawer").classList.toggle("shut"),
  };
  if (!acts[event.key]) return;
  if (event.key.startsWith("Arrow") && event.target.matches("[role=tab]")) return;
  event.preventDefault();
  acts[event.key]();
}

async function start() {
  D = await unpacked();
  document.title = `${D.name} · polyad`;
  $("name").textContent = D.name;
  $("sign").textContent = D.signature;
  const t = D.totals;
  $("sums").textContent = `${t.ops} ops → ${t.steps} steps · ${amount(D.workspace, "B")} workspace · ${amount(t.bytes, "B")} moved · ${amount(t.flops, "op")} · polyad ${D.polyad}${D.machine ? ` · ${D.machine}` : ""}`;
  prepare();
  state.source = new Source();
  const find = (name) => D.stages.findIndex((s) => s.title === name);
  const second = [find("fused_again"), find("array")].find((i) => i >= 0);
  state.panes.push(new Pane(1, Math.max(0, find("array"))));
  state.panes.push(new Pane(2, Math.max(0, second)));
  focusPane(state.panes[0]);
  showGraph(); showMemory(); showExplanation();
  if (D.profile) showProfile(); else document.querySelector("[data-tab=profile]").remove();
  tab(D.profile ? "profile" : "graph");
  for (const button of document.querySelectorAll("[role=tab]")) button.addEventListener("click", () => tab(button.dataset.tab));
  document.querySelector("[role=tablist]").addEventListener("keydown", (e) => {
    const all = [...document.querySelectorAll("[role=tab]")], at = all.indexOf(document.activeElement);
    const by = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    if (by && at >= 0) { const next = all[(at + by + all.length) % all.length]; next.focus(); tab(next.dataset.tab); }
  });
  for (const node of document.querySelectorAll(".code")) {
    node.addEventListener("mouseover", overLine);
    node.addEventListener("click", clickLine);
    node.addEventListener("mouseleave", () => { light([], []); showValues(); });
  }
  $("find").addEventListener("input", search);
  $("next").addEventListener("click", () => nextHit(1));
  $("ask").addEventListener("click", () => $("help").showModal());
  $("shut").addEventListener("click", () => $("drawer").classList.toggle("shut"));
  for (const p of state.panes) $(`diff-${p.number}`).addEventListener("click", () => { p.diff = !p.diff; p.show(p.stage); });
  $("switch").addEventListener("change", () => only($("switch").value));
  document.addEventListener("keydown", keys);
  document.documentElement.dataset.ready = "yes";
}
start();
