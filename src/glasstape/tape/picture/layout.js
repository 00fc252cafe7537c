// Where everything is drawn. A layer's box is laid out by itself and then is one item of the box
// around it: rows by the longest way from the top, places in a row by the mean of the neighbours
// (K. Sugiyama et al., "Methods for visual understanding of hierarchical system structures", 1981).
"use strict";

const GAP = { x: 22, y: 34, inside: 14, head: 26 };
const SIZES = {
  operation: [176, 46], cut: [176, 46], variable: [150, 24], tensor: [150, 24],
  constant: [136, 24], folded: [196, 46], bend: [8, 8],
};

/** Items (nodes, folded groups) and boxes (open groups), each with x, y, width, height. */
function layOut(graph, folded) {
  const boxOf = outermostFolded(graph, folded);
  const root = makeBox(null);
  const boxes = new Map([[null, root]]);
  const items = new Map();

  function box(group) {
    if (!boxes.has(group)) {
      const around = box(graph.groups[group].parent); // first, so that it is drawn beneath
      const made = Object.assign(makeBox(group), { parent: around });
      around.children.push(made);
      boxes.set(group, made);
    }
    return boxes.get(group);
  }
  function add(item, group) {
    item.parent = box(group);
    item.parent.children.push(item);
  }
  function itemOf(node) {
    const group = boxOf(node.group);
    const key = group === null ? `node ${node.id}` : `group ${group}`;
    if (!items.has(key)) {
      const kind = group === null ? node.kind : "folded";
      const [width, height] = SIZES[kind];
      const item = { key, kind, width, height, order: node.id, nodes: [] };
      items.set(key, item);
      if (group === null) {
        item.node = node;
        add(item, node.group);
      } else {
        item.group = group;
        add(item, graph.groups[group].parent);
      }
    }
    const item = items.get(key);
    item.nodes.push(node);
    return item;
  }

  const byNode = graph.nodes.map((n) => (n.hidden ? null : itemOf(n)));
  const edges = joinEdges(graph, byNode);
  for (const edge of edges) liftEdge(edge);
  arrange(root);
  place(root, 0, 0);
  for (const edge of edges) edge.bends = edge.parts.flat();
  return { root, boxes: [...boxes.values()].filter((b) => b !== root), items: [...items.values()], edges };
}

function makeBox(group) {
  return { kind: "box", group, children: [], links: [], order: Infinity };
}

/** A function: group -> the outermost folded group around it, or null. */
function outermostFolded(graph, folded) {
  return (group) => {
    let found = null;
    for (let g = group; g !== null; g = graph.groups[g].parent) if (folded.has(g)) found = g;
    return found;
  };
}

/** One edge for all that run between the same two items. */
function joinEdges(graph, byNode) {
  const joined = new Map();
  for (const edge of graph.edges) {
    const from = byNode[edge.from], to = byNode[edge.to];
    if (!from || !to || from === to) continue;
    const key = `${from.key} > ${to.key}`;
    if (!joined.has(key)) joined.set(key, { from, to, edges: [], parts: [] });
    joined.get(key).edges.push(edge);
  }
  return [...joined.values()];
}

/** Give the edge to each box it runs through: out of some, across one, into others. */
function liftEdge(edge) {
  const way = (item) => (item ? [...way(item.parent), item] : []);
  const above = way(edge.from), below = way(edge.to);
  let depth = 0;
  while (above[depth + 1] && above[depth + 1] === below[depth + 1]) depth += 1;
  if (!above[depth + 1] || !below[depth + 1]) return;
  const cross = (box, from, to) => {
    const bends = [];
    edge.parts.push(bends);
    box.links.push({ from, to, bends });
  };
  for (let i = above.length - 2; i > depth; i--) cross(above[i], above[i + 1], null);
  cross(above[depth], above[depth + 1], below[depth + 1]);
  for (let i = depth + 1; i < below.length - 1; i++) cross(below[i], null, below[i + 1]);
}

function arrange(box) {
  for (const child of box.children) {
    if (child.kind === "box") arrange(child);
    box.order = Math.min(box.order, child.order);
  }
  box.children.sort((a, b) => a.order - b.order);
  setRanks(box);
  const rows = makeRows(box);
  orderRows(rows);
  setPlaces(rows);
  measureBox(box, rows);
}

function setRanks(box) {
  const forward = withoutCycles(box);
  for (const child of box.children) Object.assign(child, { rank: 0, ins: [], outs: [] });
  for (const { from, to } of forward) { from.outs.push(to); to.ins.push(from); }
  const sorted = topological(box.children);
  for (const child of sorted) for (const next of child.outs) next.rank = Math.max(next.rank, child.rank + 1);
  // What nothing leads to (variables) stands just above its first reader.
  for (const child of sorted.reverse()) {
    if (!child.ins.length && child.outs.length) child.rank = Math.min(...child.outs.map((o) => o.rank)) - 1;
  }
  const lowest = Math.min(0, ...box.children.map((c) => c.rank));
  for (const child of box.children) child.rank -= lowest;
}

function withoutCycles(box) {
  // A variable that is written and read inside two layers can close a cycle between boxes.
  const state = new Map(), kept = [];
  const outs = new Map(box.children.map((c) => [c, []]));
  for (const link of box.links) if (link.from && link.to) outs.get(link.from).push(link);
  const visit = (start) => {
    const stack = [[start, 0]];
    state.set(start, "open");
    while (stack.length) {
      const top = stack[stack.length - 1], links = outs.get(top[0]);
      if (top[1] === links.length) { state.set(top[0], "done"); stack.pop(); continue; }
      const link = links[top[1]++];
      if (state.get(link.to) === "open") { link.backward = true; continue; }
      kept.push(link);
      if (!state.has(link.to)) { state.set(link.to, "open"); stack.push([link.to, 0]); }
    }
  };
  for (const child of box.children) if (!state.has(child)) visit(child);
  return kept;
}

function topological(children) {
  const missing = new Map(children.map((c) => [c, c.ins.length]));
  const ready = children.filter((c) => !c.ins.length), sorted = [];
  for (let i = 0; i < ready.length; i++) {
    sorted.push(ready[i]);
    for (const next of ready[i].outs) {
      missing.set(next, missing.get(next) - 1);
      if (missing.get(next) === 0) ready.push(next);
    }
  }
  return sorted;
}

/** Children by rank, with a bend in every row that a long edge crosses. */
function makeRows(box) {
  const rows = [];
  const put = (item) => (rows[item.rank] = rows[item.rank] || []).push(item);
  for (const child of box.children) { put(child); child.up = []; child.down = []; }
  const end = Math.max(...box.children.map((c) => c.rank)) + 1;
  const join = (upper, lower) => { if (upper && lower) { upper.down.push(lower); lower.up.push(upper); } };
  for (const { from, to, bends, backward } of box.links) {
    if (backward) continue;
    let last = from;
    for (let rank = from ? from.rank + 1 : 0; rank < (to ? to.rank : end); rank++) {
      const [width, height] = SIZES.bend;
      const bend = { kind: "bend", rank, width, height, up: [], down: [] };
      join(last, bend);
      put(bend);
      bends.push(bend);
      last = bend;
    }
    join(last, to);
  }
  return rows.filter(Boolean);
}

function orderRows(rows) {
  const number = () => { for (const row of rows) row.forEach((item, i) => (item.at = i)); };
  const sort = (row, side) => {
    for (const item of row) {
      const near = item[side];
      item.key2 = near.length ? near.reduce((sum, n) => sum + n.at / Math.max(n.of, 1), 0) / near.length : item.at / row.length;
    }
    row.sort((a, b) => a.key2 - b.key2);
    row.forEach((item, i) => { item.at = i; item.of = row.length; });
  };
  number();
  for (const row of rows) for (const item of row) item.of = row.length;
  for (let sweep = 0; sweep < 6; sweep++) {
    for (const row of rows) sort(row, "up");
    for (const row of [...rows].reverse()) sort(row, "down");
  }
}

/** x of each item's middle, by going to the mean of the neighbours and pushing apart. */
function setPlaces(rows) {
  for (const row of rows) {
    let x = 0;
    for (const item of row) { item.x = x + item.width / 2; x += item.width + GAP.x; }
    const middle = (x - GAP.x) / 2;
    for (const item of row) item.x -= middle;
  }
  const weight = (item, other) => (item.kind === "bend" && other.kind === "bend" ? 6 : isSide(other) || isSide(item) ? 0.2 : 1);
  for (let sweep = 0; sweep < 24; sweep++) {
    for (const row of sweep % 2 ? [...rows].reverse() : rows) {
      for (const item of row) {
        let sum = 0, total = 0;
        for (const near of [...item.up, ...item.down]) { const w = weight(item, near); sum += w * near.x; total += w; }
        item.wish = total ? sum / total : item.x;
        item.pull = total || 0.01;
      }
      spread(row);
    }
  }
}

const isSide = (item) => item.kind === "variable" || item.kind === "tensor" || item.kind === "constant";

/** Places closest to the wishes that keep the order and the gaps (pool adjacent violators). */
function spread(row) {
  const blocks = [];
  let offset = 0;
  row.forEach((item, i) => {
    if (i) offset += (row[i - 1].width + item.width) / 2 + GAP.x;
    item.offset = offset;
    let block = { items: [item], sum: item.pull * (item.wish - offset), weight: item.pull };
    while (blocks.length && blocks[blocks.length - 1].sum / blocks[blocks.length - 1].weight > block.sum / block.weight) {
      const before = blocks.pop();
      block = { items: [...before.items, ...block.items], sum: before.sum + block.sum, weight: before.weight + block.weight };
    }
    blocks.push(block);
  });
  for (const block of blocks) for (const item of block.items) item.x = block.sum / block.weight + item.offset;
}

function measureBox(box, rows) {
  let y = box.group === null ? 0 : GAP.head;
  for (const row of rows) {
    const height = Math.max(...row.map((i) => i.height));
    for (const item of row) item.y = y + height / 2;
    y += height + GAP.y;
  }
  const left = Math.min(...box.children.map((c) => c.x - c.width / 2), ...rows.flat().map((i) => i.x));
  const right = Math.max(...box.children.map((c) => c.x + c.width / 2), ...rows.flat().map((i) => i.x));
  box.inner = rows.flat();
  for (const item of box.inner) item.x += GAP.inside - left;
  box.width = right - left + 2 * GAP.inside;
  box.height = y - GAP.y + GAP.inside;
}

/** From places inside a box to places in the picture. */
function place(box, dx, dy) {
  for (const item of box.inner) {
    item.x += dx;
    item.y += dy;
    if (item.kind === "box") place(item, item.x - item.width / 2, item.y - item.height / 2);
  }
}
