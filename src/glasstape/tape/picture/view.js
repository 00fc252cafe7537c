// Drawing, moving, folding, and the panel that tells of what was clicked.
"use strict";

const graph = JSON.parse(document.getElementById("data").textContent);
const svg = document.getElementById("picture");
const scene = document.getElementById("scene");
const panel = document.getElementById("panel");
const folded = new Set();
const view = { x: 0, y: 0, scale: 1 };
let drawn = null, chosen = null;

for (const node of graph.nodes) {
  // Numbers such as the 2 of x * 2 are told in the panel; drawn they would hide the rest.
  node.hidden = node.kind === "constant" && node.outputs[0].shape.length === 0;
}
const reads = graph.nodes.map(() => []), readBy = graph.nodes.map(() => []);
for (const edge of graph.edges) { reads[edge.to].push(edge); readBy[edge.from].push(edge); }

for (const node of graph.nodes) {
  // A cut beside the way, as in an accuracy or in a softmax that is safe from overflow, is no fault.
  node.harmless = node.kind === "cut" && graph.has_target && sourcesOf(node).every((n) => (n.gradients || []).some(Boolean));
}

/** The variables and watched tensors from which a node was computed. */
function sourcesOf(node) {
  const seen = new Set([node.id]), waiting = [node.id], found = [];
  while (waiting.length) {
    for (const edge of reads[waiting.pop()]) {
      if (seen.has(edge.from)) continue;
      seen.add(edge.from);
      waiting.push(edge.from);
      if (graph.nodes[edge.from].watched) found.push(graph.nodes[edge.from]);
    }
  }
  return found;
}

// ----- words and colours -----

const short = (text, length) => (text.length > length ? text.slice(0, length - 1) + "…" : text);
const layout = (a) => `${a.dtype}[${a.shape.join(", ")}]`;
const sizes = (a) => (a.shape.length ? a.shape.join("×") : "scalar");
const number = (v) => (v === null || v === undefined ? "–" : v === 0 ? "0" : Math.abs(v) >= 1e4 || Math.abs(v) < 1e-3 ? v.toExponential(2) : v.toPrecision(4).replace(/\.?0+$/, ""));
const brief = (v) => (v !== 0 && (v >= 1e4 || v < 1e-2) ? v.toExponential(0) : String(Number(v.toPrecision(3))));
const percent = (v) => (v === null ? "–" : v === 0 ? "0 %" : v === 1 ? "100 %" : `${number(100 * v)} %`);
const bytes = (n) => (n < 1e3 ? `${n} B` : n < 1e6 ? `${(n / 1e3).toPrecision(3)} kB` : n < 1e9 ? `${(n / 1e6).toPrecision(3)} MB` : `${(n / 1e9).toPrecision(3)} GB`);
const file = (s) => `${s.file.split(/[\\/]/).pop()}:${s.line}`;

const gradients = (node) => (node.gradients || []).filter(Boolean);
const norm = (node) => { const g = gradients(node); return g.length ? Math.hypot(...g.map((s) => s.norm)) : null; };
const nonfinite = (node) => gradients(node).some((s) => s.nonfinite > 0);
const isZero = (node) => gradients(node).length > 0 && gradients(node).every((s) => s.zeros === 1);
const norms = graph.nodes.map(norm).filter((v) => v > 0).map(Math.log10).sort((a, b) => a - b);
// Without the outermost twentieth on either side: one gradient of 1e-9 would leave one colour for
// all the others.
const range = norms.length ? [0.05, 0.95].map((q) => norms[Math.round(q * (norms.length - 1))]) : null;

/** Colour of the gradient that arrives, by its norm on a logarithmic scale over the whole tape. */
function colour(node) {
  const value = node ? norm(node) : null;
  if (value === null) return null;
  if (nonfinite(node)) return "var(--bad)";
  if (value === 0) return "var(--zero)";
  const t = range[1] > range[0] ? (Math.log10(value) - range[0]) / (range[1] - range[0]) : 1;
  return `color-mix(in oklab, var(--strong) ${Math.round(100 * Math.min(1, Math.max(0, t)))}%, var(--weak))`;
}

/** What is wrong with a node: [kind, badge, sentence]s. */
function faults(node) {
  const found = [];
  const sources = reads[node.id].filter((e) => e.followed).map((e) => graph.nodes[e.from]).filter((n) => gradients(n).length);
  const arrives = gradients(node).length > 0 && !isZero(node) && !nonfinite(node);
  if ((node.values || []).some((s) => s && s.nonfinite > 0)) found.push(["bad", "NaN/inf", "Its values are not all finite."]);
  if (arrives && sources.some(nonfinite)) found.push(["bad", "→ NaN", "The gradient arrives finite and leaves as NaN or infinite."]);
  if (arrives && sources.length && sources.every(isZero)) found.push(["zero", "→ 0", "A gradient arrives, and only zeros leave."]);
  if (nonfinite(node)) found.push(["bad", "grad NaN", "The gradient that arrives is not finite."]);
  if (isZero(node)) found.push(["zero", "grad 0", "The gradient that arrives is zero everywhere."]);
  if (node.kind === "cut" && !node.harmless) found.push(["cut", "cut", "The path ends here: no gradient passes."]);
  return found;
}

// ----- drawing -----

function make(tag, attributes, parent, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.appendChild(element);
  return element;
}

function draw() {
  drawn = layOut(graph, folded);
  scene.replaceChildren();
  for (const box of drawn.boxes) drawBox(box);
  for (const edge of drawn.edges) drawEdge(edge);
  for (const item of drawn.items) item.kind === "folded" ? drawFolded(item) : drawNode(item);
  markChosen();
  markFound();
}

function drawBox(box) {
  const group = graph.groups[box.group];
  const g = make("g", { class: "group", "data-group": box.group }, scene);
  const [x, y] = [box.x - box.width / 2, box.y - box.height / 2];
  make("rect", { x, y, width: box.width, height: box.height, rx: 9 }, g);
  const head = make("text", { x: x + 10, y: y + 17, class: "clickable" }, g, `▾ ${short(group.name, Math.floor(box.width / 8))}`);
  make("title", {}, head, `${group.path}: click to fold`);
  press(head, () => fold(box.group, true));
}

/** By a click, or by Enter where the keyboard has come. */
function press(element, action) {
  element.setAttribute("tabindex", 0);
  element.setAttribute("role", "button");
  element.addEventListener("click", action);
  element.addEventListener("keydown", (event) => { if (event.key === "Enter") action(); });
}

function drawFolded(item) {
  const group = graph.groups[item.group];
  const inside = item.nodes.filter((n) => n.kind === "operation");
  const wrong = item.nodes.flatMap(faults);
  const [x, y] = [item.x - item.width / 2, item.y - item.height / 2];
  const g = make("g", { class: `node clickable ${wrong.length ? wrong[0][0] : ""}`, "data-group": item.group, "aria-label": `${group.name}, folded` }, scene);
  make("title", {}, g, `${group.path}: click to unfold`);
  make("rect", { class: "box", x: x + 3, y: y + 3, width: item.width, height: item.height, rx: 8 }, g);
  make("rect", { class: "box", x, y, width: item.width, height: item.height, rx: 8 }, g);
  drawStrip(g, x, y, item.height, inside[inside.length - 1]);
  make("text", { x: x + 14, y: y + 19, class: "name" }, g, `▸ ${short(group.name, wrong.length ? 15 : 21)}`);
  drawBelow(g, item, inside.length ? sizes(inside[inside.length - 1].outputs[0]) : "no operation", inside[inside.length - 1]);
  drawBadge(g, x + item.width - 8, y + 18, wrong);
  press(g, () => fold(item.group, false));
}

function drawNode(item) {
  const node = item.node, wrong = faults(node);
  const [x, y] = [item.x - item.width / 2, item.y - item.height / 2];
  const leaf = node.kind === "variable" || node.kind === "tensor" ? "leaf" : node.kind;
  const g = make("g", { class: `node clickable ${leaf} ${wrong.length ? wrong[0][0] : ""} ${node.target ? "target" : ""} ${node.harmless ? "harmless" : ""}`, "data-node": node.id, "aria-label": node.name }, scene);
  make("title", {}, g, tip(node));
  make("rect", { class: "box", x, y, width: item.width, height: item.height, rx: item.height < 30 ? 12 : 6 }, g);
  drawStrip(g, x, y, item.height, node);
  if (item.height < 30) {
    // Inside its layer's box a variable needs no more than its last name.
    const name = node.kind === "variable" ? node.name.split("/").slice(node.group === null ? -2 : -1).join("/") : node.name;
    const long = `${name} ${sizes(node.outputs[0])}`;
    const text = node.kind === "variable" ? name : long.length > 16 ? sizes(node.outputs[0]) : long;
    make("text", { x: x + 14, y: y + 16, class: "name" }, g, short(text, wrong.length ? 11 : 17));
    drawBadge(g, x + item.width - 10, y + 16, wrong);
  } else {
    make("text", { x: x + 14, y: y + 19, class: "name" }, g, short(node.name, wrong.length ? 14 : 21));
    drawBelow(g, item, node.kind === "cut" ? node.result : node.outputs.map(sizes).join(", "), node);
    drawBadge(g, x + item.width - 8, y + 18, wrong);
  }
  press(g, () => choose({ node: node.id }));
}

/** The second line of an item: its shape, and the norm of the gradient that arrives. */
function drawBelow(g, item, text, node) {
  const [left, right, y] = [item.x - item.width / 2 + 14, item.x + item.width / 2 - 8, item.y - item.height / 2 + 36];
  const value = node ? norm(node) : null;
  make("text", { x: left, y, class: "small" }, g, short(text, Math.floor(item.width / 6.6) - (value === null ? 0 : 9)));
  if (value !== null) make("text", { x: right, y, class: "small", "text-anchor": "end" }, g, `∇ ${nonfinite(node) ? "NaN" : brief(value)}`);
}

function drawStrip(g, x, y, height, node) {
  const fill = colour(node);
  if (fill) make("rect", { class: "strip", x: x + 4, y: y + 5, width: 6, height: height - 10, rx: 2, style: `fill: ${fill}` }, g);
}

function drawBadge(g, x, y, wrong) {
  if (wrong.length) make("text", { x, y, class: `badge ${wrong[0][0]}`, "text-anchor": "end" }, g, wrong[0][1]);
}

function tip(node) {
  const value = norm(node);
  return [node.name, node.layer, node.outputs.map(layout).join(", "), node.kind === "operation" && file(node.source), value !== null && `gradient norm ${number(value)}`].filter(Boolean).join("\n");
}

function drawEdge(edge) {
  const { from, to } = edge;
  const points = [[from.x, from.y + from.height / 2], ...edge.bends.map((b) => [b.x, b.y]), [to.x, to.y - to.height / 2]];
  let path = `M${points[0]}`;
  for (let i = 1; i < points.length; i++) {
    const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
    const bend = Math.max(14, Math.abs(y1 - y0) * 0.45);
    path += `C${x0},${y0 + bend} ${x1},${y1 - bend} ${x1},${y1}`;
  }
  const cut = (node) => node.kind === "cut" && !node.harmless;
  const lost = edge.edges.every((e) => cut(graph.nodes[e.from]) || cut(graph.nodes[e.to]));
  const loose = edge.edges.every((e) => !e.followed);
  const element = make("path", { class: `edge ${lost ? "lost" : loose ? "loose" : ""}`, d: path, "marker-end": "url(#arrow)" }, scene);
  make("title", {}, element, edge.edges.map(layout).join("\n"));
  edge.element = element;
}

// ----- folding, choosing, finding -----

function fold(group, shut) {
  const before = anchor(group);
  shut ? folded.add(group) : folded.delete(group);
  draw();
  const after = anchor(group);
  if (before && after) { view.x += (before.x - after.x) * view.scale; view.y += (before.y - after.y) * view.scale; }
  move();
  if (!shut) showBox(drawn.boxes.find((b) => b.group === group));
  choose({ group });
}

/** Zoom out and move until an opened box is within the width, if it is not. */
function showBox(box) {
  if (!box) return;
  const left = view.x + (box.x - box.width / 2) * view.scale;
  if (left >= 0 && left + box.width * view.scale <= svg.clientWidth) return;
  const top = view.y + (box.y - box.height / 2) * view.scale;
  view.scale = Math.min(view.scale, svg.clientWidth / (box.width + 24));
  view.x = svg.clientWidth / 2 - box.x * view.scale;
  view.y = Math.max(20, top) - (box.y - box.height / 2) * view.scale;
  move();
}

/** The point of a group that must stay where it is on the screen. */
function anchor(group) {
  const found = drawn.boxes.find((b) => b.group === group) || drawn.items.find((i) => i.group === group);
  return found && { x: found.x, y: found.y - found.height / 2 };
}

/** Fold what has no open layer inside: the innermost layers first, then the blocks around them. */
function foldOnce(stays = () => false) {
  const open = graph.groups.filter((g) => !folded.has(g.id));
  const around = new Set(open.map((g) => g.parent));
  for (const group of open) if (!around.has(group.id) && !stays(group)) folded.add(group.id);
}

/** How many operations and folded layers are to be seen. */
function visible() {
  const boxOf = outermostFolded(graph, folded);
  return new Set(graph.nodes.filter((n) => n.kind === "operation").map((n) => boxOf(n.group) ?? `node ${n.id}`)).size;
}

function foldLayers(shut) {
  shut ? foldOnce() : folded.clear();
  draw();
  fit(shut ? 0 : 0.6);
}

function choose(what) {
  chosen = what;
  markChosen();
  what && what.node !== undefined ? tellNode(graph.nodes[what.node]) : what && what.group !== undefined ? tellGroup(graph.groups[what.group]) : tellTape();
}

function markChosen() {
  for (const element of scene.querySelectorAll(".chosen")) element.classList.remove("chosen");
  if (!chosen) return;
  const selector = chosen.node !== undefined ? `[data-node="${chosen.node}"]` : `[data-group="${chosen.group}"]`;
  for (const element of scene.querySelectorAll(selector)) element.classList.add("chosen");
  for (const edge of drawn.edges) {
    if (chosen.node !== undefined && edge.edges.some((e) => e.from === chosen.node || e.to === chosen.node)) edge.element.classList.add("chosen");
  }
}

function markFound() {
  const wanted = document.getElementById("find").value.trim().toLowerCase();
  let first = null;
  for (const element of scene.querySelectorAll("[data-node]")) {
    const node = graph.nodes[element.dataset.node];
    const text = [node.name, node.layer, node.source && `${node.source.file}:${node.source.line}`].join(" ").toLowerCase();
    const hit = wanted !== "" && text.includes(wanted);
    element.classList.toggle("found", hit);
    if (hit && first === null) first = node.id;
  }
  return first;
}

function goTo(id) {
  const node = graph.nodes[id];
  for (let g = node.group; g !== null; g = graph.groups[g].parent) folded.delete(g);
  draw();
  const item = drawn.items.find((i) => i.node === node);
  if (item) centre(item);
  choose({ node: id });
}

// ----- the panel -----

function html(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) key === "onclick" ? (element.onclick = value) : element.setAttribute(key, value);
  element.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

const fill = (...children) => panel.replaceChildren(...children.filter(Boolean));

function table(statistics) {
  const rows = [["norm", number(statistics.norm)], ["smallest", number(statistics.low)], ["largest", number(statistics.high)], ["zeros", percent(statistics.zeros)], ["NaN or infinite", percent(statistics.nonfinite)]];
  return html("table", {}, ...rows.map(([name, value]) => html("tr", {}, html("th", { scope: "row" }, name), html("td", {}, value))));
}

function sections(title, outputs, statistics) {
  if (!statistics) return [];
  return outputs.flatMap((output, i) => statistics[i] ? [html("h3", {}, outputs.length > 1 ? `${title} ${i + 1}` : title), table(statistics[i])] : []);
}

function link(id) {
  const node = graph.nodes[id];
  if (node.hidden) return html("span", {}, "number");
  return html("button", { type: "button", class: "link", onclick: () => goTo(id) }, node.name);
}

function tellNode(node) {
  const kinds = { variable: "variable", tensor: "watched tensor", constant: "constant: not followed by the tape", cut: "operation without gradient" };
  fill(
    html("h2", {}, node.name),
    html("p", { class: "soft" }, kinds[node.kind] || `operation ${node.record}${node.primitive !== node.name ? `, a ${node.primitive} call` : ""}`),
    ...faults(node).map(([kind, , sentence]) => html("p", { class: `warning ${kind}` }, sentence)),
    node.harmless && html("p", {}, "No gradient passes here. Every variable and watched tensor behind it gets one another way."),
    ...(node.kind === "cut" ? [html("p", {}, `Gives ${node.result}`)] : node.outputs.map((o) => html("p", {}, html("code", {}, layout(o))))),
    ...(node.layer && !isLeaf(node) ? [html("h3", {}, "Layer"), html("p", {}, node.layer)] : []),
    ...(node.source.line && !isLeaf(node) ? [html("h3", {}, "Line"), html("p", {}, `${node.source.file}:${node.source.line}`), node.source.text && html("pre", {}, node.source.text)] : []),
    ...sections("Value", node.outputs, node.values),
    ...sections(isLeaf(node) ? "Gradient" : "Gradient arriving", node.outputs, node.gradients),
    ...(graph.has_target && node.kind !== "cut" && node.kind !== "constant" && !gradients(node).length ? [html("p", { class: "soft" }, "No gradient arrives: no way leads from here to the target.")] : []),
    ...neighbours("Reads", reads[node.id], (e) => e.from),
    ...neighbours("Read by", readBy[node.id], (e) => e.to),
    ...(node.kept_bytes ? [html("h3", {}, "Kept for the gradient"), html("p", {}, bytes(node.kept_bytes))] : []),
  );
}

const isLeaf = (node) => node.kind === "variable" || node.kind === "tensor" || node.kind === "constant";

function neighbours(title, edges, end) {
  if (!edges.length) return [];
  return [html("h3", {}, title), ...edges.slice(0, 12).map((e) => html("p", {}, link(end(e)), " ", html("code", { class: "soft" }, layout(e)))), edges.length > 12 && html("p", { class: "soft" }, `and ${edges.length - 12} more`)];
}

function tellGroup(group) {
  const within = (node) => { for (let g = node.group; g !== null; g = graph.groups[g].parent) if (g === group.id) return true; return false; };
  const inside = graph.nodes.filter(within);
  fill(
    html("h2", {}, group.name), html("p", { class: "soft" }, group.path),
    html("h3", {}, "Operations"), ...inside.filter((n) => !isLeaf(n)).map((n) => html("p", {}, link(n.id), faults(n).map(([kind, badge]) => html("span", { class: `warning ${kind}` }, ` ${badge}`))[0])),
    ...(inside.some((n) => n.kind === "variable") ? [html("h3", {}, "Variables"), ...inside.filter((n) => n.kind === "variable").map((n) => html("p", {}, link(n.id), " ", html("code", { class: "soft" }, layout(n.outputs[0]))))] : []),
  );
}

function tellTape() {
  const weight = { bad: 0, zero: 2, cut: 4 };
  const urgency = (f) => weight[f.kind] + (f.badge.startsWith("→") ? 0 : 1);
  const wrong = graph.nodes.flatMap((n) => faults(n).map(([kind, badge]) => ({ n, kind, badge }))).sort((a, b) => urgency(a) - urgency(b));
  fill(
    html("h2", {}, "The whole tape"),
    html("p", {}, "Click an operation for its line and its numbers, a layer's name to fold it. Drag to move, turn the wheel to zoom."),
    !graph.has_values && html("p", { class: "soft" }, "Recorded inside a compiled step: there are no numbers, only the structure."),
    graph.has_values && !graph.has_target && html("p", { class: "soft" }, "Give tape.show a target to see the gradient arriving at each operation."),
    html("h3", {}, "Marked places"),
    ...(wrong.length ? wrong.slice(0, 40).map(({ n, kind, badge }) => html("p", {}, link(n.id), html("span", { class: `warning ${kind}` }, ` ${badge}`), html("span", { class: "soft" }, ` ${n.layer || ""}`))) : [html("p", {}, graph.has_target ? "No gradient is zero everywhere or not finite, and no cut leaves a variable or watched tensor without one." : "No value is NaN or infinite, and no path is cut.")]),
  );
}

// ----- moving -----

function move() { scene.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`); }

function zoom(factor, x = svg.clientWidth / 2, y = svg.clientHeight / 2) {
  const scale = Math.min(4, Math.max(0.05, view.scale * factor));
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  move();
}

function fit(smallest = 0) {
  const { width, height } = drawn.root;
  const scale = Math.min(1.1, svg.clientWidth / (width + 24), svg.clientHeight / (height + 24));
  view.scale = Math.max(scale, smallest);
  view.x = (svg.clientWidth - width * view.scale) / 2;
  view.y = Math.max(10, (svg.clientHeight - height * view.scale) / 2);
  move();
}

function centre(item) {
  view.scale = Math.max(view.scale, 0.8);
  view.x = svg.clientWidth / 2 - item.x * view.scale;
  view.y = svg.clientHeight / 2 - item.y * view.scale;
  move();
}

let held = null;
svg.addEventListener("pointerdown", (event) => { held = { x: event.clientX, y: event.clientY, far: false }; });
window.addEventListener("pointermove", (event) => {
  if (!held) return;
  const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
  if (!held.far && Math.hypot(dx, dy) < 4) return;
  Object.assign(held, { x: event.clientX, y: event.clientY, far: true });
  svg.classList.add("moving");
  view.x += dx;
  view.y += dy;
  move();
});
window.addEventListener("pointerup", (event) => {
  if (held && !held.far && event.target === svg) choose(null);
  held = null;
  svg.classList.remove("moving");
});
svg.addEventListener("wheel", (event) => {
  event.preventDefault();
  const box = svg.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });
svg.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  if (event.key === "+" || event.key === "=") zoom(1.25);
  else if (event.key === "-") zoom(0.8);
  else if (event.key === "0") fit();
  else if (steps[event.key]) { view.x += steps[event.key][0]; view.y += steps[event.key][1]; move(); }
  else return;
  event.preventDefault();
});
const on = (id, event, action) => document.getElementById(id).addEventListener(event, action);
on("fold", "click", () => foldLayers(true));
on("unfold", "click", () => foldLayers(false));
on("fit", "click", () => fit());
on("closer", "click", () => zoom(1.25));
on("farther", "click", () => zoom(0.8));
on("find", "input", markFound);
on("find", "keydown", (event) => {
  if (event.key !== "Enter") return;
  foldLayers(false);
  const first = markFound();
  if (first !== null) goTo(first);
});

// ----- start -----

function legend() {
  const keys = [["leaf", "variable or watched tensor"], ...(graph.has_target ? [["zero", "only zeros arrive or leave"]] : []), ["bad", "NaN or infinite"], ["cut", "path cut"]];
  const row = keys.map(([kind, text]) => html("span", { class: "key" }, html("i", { class: kind }), text));
  if (range) row.unshift(html("span", { class: "key" }, `gradient norm ${number(10 ** range[0])}`, html("i", { class: "scale" }), number(10 ** range[1])));
  document.getElementById("legend").replaceChildren(...row);
}

const operations = graph.nodes.filter((n) => n.kind === "operation").length;
document.getElementById("summary").textContent = `${operations} operations, ${graph.groups.length} layer calls, ${bytes(graph.kept_bytes)} kept`;
// A large tape opens folded as far as makes it small, a model around layers stays open.
const around = new Set(graph.groups.map((g) => g.parent));
for (let depth = 0; depth < 2 && visible() > 40; depth++) foldOnce((g) => g.parent === null && around.has(g.id));
legend();
draw();
fit(0.85);
choose(null);
