// The picture: names as boxes, one line between two names for all facts between them.
const svg = d3.select("#canvas");
const view = svg.append("g");
const layers = { lines: view.append("g"), words: view.append("g").attr("aria-hidden", "true"), names: view.append("g") };
const zoom = d3.zoom().scaleExtent([0.08, 4]).on("zoom", ({ transform }) => {
  view.attr("transform", transform);
  view.classed("far", transform.k < 0.45);
});
svg.call(zoom).on("dblclick.zoom", null).on("click", (event) => { if (event.target === svg.node()) select(null); });

let shown = new Set();
let nodes = new Map();
let edges = [];
let selection = null;

const screen_ = () => { const box = svg.node().getBoundingClientRect(); return [box.width || 900, box.height || 600]; };
// As many names as can be read without zooming.
function roomForNames() {
  const [width, height] = screen_();
  return Math.round(Math.min(60, Math.max(14, (width * height) / 15000)));
}

function findEdges() {
  const found = [];
  for (const one of shown) {
    for (const [other, some] of neighboursOf(one)) {
      if (one >= other || !shown.has(other)) continue;
      const words = [...new Set(some.map(shortWordsOf))];
      const text = clip(words[0], 30) + (words.length > 1 ? ` +${words.length - 1}` : "");
      found.push({ key: `${one}-${other}`, source: nodes.get(one), target: nodes.get(other), facts: some, gate: bestGate(some), text, room: measure(text, 11) });
    }
  }
  return found;
}
const clip = (text, most) => ([...text].length > most ? `${[...text].slice(0, most - 1).join("")}…` : text);

// Draw `shown`; names that are drawn already keep their place unless `anew`.
function draw({ anew = false } = {}) {
  const before = nodes;
  nodes = new Map();
  for (const index of shown) {
    const node = makeNode(index);
    const old = before.get(index);
    if (old && !anew) [node.x, node.y] = [old.x, old.y];
    nodes.set(index, node);
  }
  edges = findEdges();
  for (const node of nodes.values()) node.shown = 0;
  for (const edge of edges) for (const node of [edge.source, edge.target]) node.shown += 1;
  for (const node of nodes.values()) node.hidden = neighboursOf(node.id).size - node.shown;
  const [width, height] = screen_();
  layOut([...nodes.values()], edges, width / height);
  drawLines();
  drawNames();
  place();
}

function drawLines() {
  layers.lines.selectAll("g").data(edges, (edge) => edge.key).join((enter) => {
    const line = enter.append("g").on("click", (event, edge) => select({ edge: edge.key }));
    line.append("path").attr("class", "wide");
    line.append("path").attr("class", "line");
    line.append("path").attr("class", "head");
    line.append("title");
    return line;
  }).attr("class", (edge) => `edge ${edge.gate}`);
  layers.lines.selectAll("g").select("title").text((edge) => edge.facts.slice(0, 6).map((fact) => `${fact.subject.name} · ${shortWordsOf(fact)} · ${fact.object.name}`).join("\n"));
  layers.words.selectAll("text").data(edges, (edge) => edge.key).join("text").text((edge) => edge.text).on("click", (event, edge) => select({ edge: edge.key }));
}

function drawNames() {
  const groups = layers.names.selectAll("g.name").data([...nodes.values()], (node) => node.id).join((enter) => {
    const name = enter.append("g").attr("tabindex", 0).attr("role", "button");
    name.append("rect").attr("rx", 7);
    name.append("text");
    name.append("title");
    const badge = name.append("g").attr("class", "badge");
    badge.append("rect").attr("rx", 8).attr("height", 16).attr("y", -8);
    badge.append("text").attr("y", 3.8);
    badge.append("title").text("Show its neighbours");
    return name;
  });
  groups.attr("class", (node) => `name ${kindClass(node.entity.kind)}`)
    .attr("aria-label", (node) => `${node.entity.name}, ${nameKind(node.entity.kind)}, ${plural(factsOf(node.id).length, "fact")}${node.hidden ? `, ${plural(node.hidden, "neighbour")} not drawn` : ""}`)
    .on("click", (event, node) => select({ name: node.id }))
    .on("dblclick", (event, node) => expand(node.id))
    .on("keydown", (event, node) => {
      if (event.key === "Enter" || event.key === " ") select({ name: node.id }, { focus: true });
      else if (event.key === "+") expand(node.id);
      else return;
      event.preventDefault();
      event.stopPropagation();
    })
    .on("focus", (event, node) => { if (event.currentTarget.matches(":focus-visible")) bringIntoView(node); })
    .call(d3.drag().clickDistance(4).on("drag", (event, node) => { [node.x, node.y] = [event.x, event.y]; place(); }));
  groups.each(function (node) {
    const group = d3.select(this);
    group.select("rect").attr("x", -node.width / 2).attr("y", -node.height / 2).attr("width", node.width).attr("height", node.height);
    const first = -((node.lines.length - 1) * node.size * 1.22) / 2 + node.size * 0.35;
    group.select("text").attr("font-size", node.size).attr("font-weight", node.weight).selectAll("tspan").data(node.lines).join("tspan").attr("x", 0).attr("y", (line, number) => first + number * node.size * 1.22).text((line) => line);
    group.select("title").text(node.entity.name);
    const text = `+${node.hidden}`;
    const width = measure(text, 10.5, 600) + 10;
    const badge = group.select(".badge").attr("display", node.hidden ? null : "none").attr("transform", `translate(${node.width / 2 - 3},${-node.height / 2})`).on("click", (event) => { event.stopPropagation(); expand(node.id); });
    badge.select("rect").attr("x", -width / 2).attr("width", width);
    badge.select("text").text(text);
  });
}

// Put everything where its name stands.
function place() {
  layers.names.selectAll("g.name").attr("transform", (node) => `translate(${node.x},${node.y})`);
  for (const edge of edges) {
    const [a, b] = [borderPoint(edge.source, edge.target.x, edge.target.y, 3), borderPoint(edge.target, edge.source.x, edge.source.y, 3)];
    edge.path = `M${a[0]},${a[1]}L${b[0]},${b[1]}`;
    const [forth, back] = [edge.facts.some((fact) => fact.s === edge.source.id), edge.facts.some((fact) => fact.o === edge.source.id)];
    edge.heads = (forth ? arrow(a, b) : "") + (back ? arrow(b, a) : "");
    edge.word = { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, width: edge.room + 4, height: 13 };
  }
  const lines = layers.lines.selectAll("g");
  lines.select(".wide").attr("d", (edge) => edge.path);
  lines.select(".line").attr("d", (edge) => edge.path);
  lines.select(".head").attr("d", (edge) => edge.heads);
  layers.words.selectAll("text").attr("x", (edge) => edge.word.x).attr("y", (edge) => edge.word.y + 3.8);
  mark();
}

// Words on lines are shown where they cover no name and no other words, approved facts first.
function showWords(lines, names) {
  const taken = names.map((node) => ({ x: node.x, y: node.y, width: node.width + 4, height: node.height + 4 }));
  const free = new Set();
  for (const edge of [...lines].sort((a, b) => GATES.indexOf(a.gate) - GATES.indexOf(b.gate))) {
    const { x, y, width, height } = edge.word;
    if (taken.some((box) => Math.abs(box.x - x) < (box.width + width) / 2 && Math.abs(box.y - y) < (box.height + height) / 2)) continue;
    taken.push(edge.word);
    free.add(edge);
  }
  layers.words.selectAll("text").attr("display", (edge) => (free.has(edge) ? null : "none"));
}

function arrow([x0, y0], [x1, y1]) {
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const corner = (turn) => [x1 - 9 * Math.cos(angle + turn), y1 - 9 * Math.sin(angle + turn)];
  return `M${x1},${y1}L${corner(0.42)}L${corner(-0.42)}Z`;
}

// What is selected stands out, and what does not touch it steps back.
function mark() {
  const near = new Set();
  const touches = (edge) => selection && (selection.edge === edge.key || [edge.source.id, edge.target.id].includes(selection.name));
  for (const edge of edges.filter(touches)) near.add(edge.source.id).add(edge.target.id);
  if (selection && selection.name !== undefined) near.add(selection.name);
  const some = selection && near.size > 0;
  layers.names.selectAll("g.name").classed("dim", (node) => some && !near.has(node.id)).classed("chosen", (node) => selection && node.id === selection.name).attr("aria-pressed", (node) => Boolean(selection && node.id === selection.name));
  layers.lines.selectAll("g").classed("dim", (edge) => some && !touches(edge)).classed("chosen", (edge) => touches(edge));
  layers.words.selectAll("text").classed("chosen", (edge) => touches(edge));
  showWords(some ? edges.filter(touches) : edges, [...nodes.values()].filter((node) => !some || near.has(node.id)));
}

function fit() {
  const boxes = [...nodes.values()];
  if (!boxes.length) return;
  const [width, height] = screen_();
  const left = Math.min(...boxes.map((node) => node.x - node.width / 2));
  const right = Math.max(...boxes.map((node) => node.x + node.width / 2));
  const top = Math.min(...boxes.map((node) => node.y - node.height / 2));
  const bottom = Math.max(...boxes.map((node) => node.y + node.height / 2));
  // Below and at the sides some room for the legend and the buttons.
  const scale = Math.min(1.25, (width - 40) / (right - left), (height - 110) / (bottom - top));
  svg.call(zoom.transform, d3.zoomIdentity.translate(width / 2, (height - 60) / 2 + 10).scale(scale).translate(-(left + right) / 2, -(top + bottom) / 2));
}

function isInView(node) {
  const [width, height] = screen_();
  const [x, y] = d3.zoomTransform(svg.node()).apply([node.x, node.y]);
  return x > 60 && y > 30 && x < width - 60 && y < height - 90;
}

function bringIntoView(node) {
  if (!isInView(node)) svg.call(zoom.translateTo, node.x, node.y);
}
