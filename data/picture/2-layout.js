// Where names stand: D3's forces, which use no random numbers, and a force that keeps names apart.
const GAP = 20;
const ruler = document.createElement("canvas").getContext("2d");
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

function measure(text, size, weight = 400) {
  ruler.font = `${weight} ${size}px ${FONT}`;
  return ruler.measureText(text).width;
}

// At most two lines of about 22 letters; the whole name stands in the panel.
function wrap(name) {
  const most = 22;
  const letters = [...name];
  if (letters.length <= most) return [name];
  const words = name.split(/\s+/);
  let first = "";
  while (words.length && [...`${first} ${words[0]}`].length <= most + 1) first = `${first} ${words.shift()}`.trim();
  if (!first) return [`${letters.slice(0, most - 1).join("")}…`];
  if (!words.length) return [first];
  const rest = [...words.join(" ")];
  return [first, rest.length <= most ? rest.join("") : `${rest.slice(0, most - 1).join("")}…`];
}

// A name's box; hubs are written larger.
function makeNode(index) {
  const entity = entities[index];
  const degree = neighboursOf(index).size;
  const size = Math.min(19, 12 + Math.sqrt(degree) * 0.9);
  const weight = size > 14.5 ? 650 : 500;
  const lines = wrap(entity.name);
  const width = Math.max(...lines.map((line) => measure(line, size, weight))) + 20;
  // Not called `index`, which D3's forces set for themselves.
  return { id: index, entity, size, weight, lines, width, height: lines.length * size * 1.22 + 10 };
}

function keepApart(nodes) {
  return (alpha) => separate(nodes, 0.3 + 0.5 * (1 - alpha));
}

// Push boxes that overlap apart along the shorter way; return whether some did.
function separate(nodes, share) {
  let found = false;
  for (let i = 0; i < nodes.length; i++) {
    for (let j = i + 1; j < nodes.length; j++) {
      const [a, b] = [nodes[i], nodes[j]];
      const dx = b.x - a.x;
      const dy = b.y - a.y;
      const overX = (a.width + b.width) / 2 + GAP - Math.abs(dx);
      const overY = (a.height + b.height) / 2 + GAP - Math.abs(dy);
      if (overX <= 0 || overY <= 0) continue;
      found = true;
      const along = overX < overY ? "x" : "y";
      const push = (Math.min(overX, overY) / 2 + 0.1) * share * ((along === "x" ? dx : dy) < 0 ? -1 : 1);
      if (!a.held) a[along] -= b.held ? 2 * push : push;
      if (!b.held) b[along] += a.held ? 2 * push : push;
    }
  }
  return found;
}

// Lay out `nodes`; those that have a place already move little. `shape` is width by height of the screen.
function layOut(nodes, edges, shape) {
  const fresh = nodes.filter((node) => node.x === undefined);
  const wide = Math.sqrt(Math.min(2.2, Math.max(0.45, shape)));
  const grown = fresh.length < nodes.length;
  for (const node of nodes) if (node.x !== undefined) [node.fx, node.fy] = [node.x, node.y];
  if (grown) placeBeside(fresh, edges);
  const simulation = d3.forceSimulation(nodes)
    .force("link", d3.forceLink(edges).distance((edge) => 40 + (edge.source.width + edge.target.width) / 2.6 + edge.room * 0.5).strength((edge) => 0.9 / Math.min(edge.source.shown, edge.target.shown)))
    .force("charge", d3.forceManyBody().strength((node) => -330 - 30 * node.shown).distanceMax(1200))
    .force("x", d3.forceX(0).strength(0.045 / wide))
    .force("y", d3.forceY(0).strength(0.045 * wide))
    .stop();
  // First as points, which pass through each other until lines are untangled, then as boxes.
  if (!grown) simulation.tick(300);
  simulation.alpha(0.6).force("apart", keepApart(nodes)).tick(grown ? 160 : 200);
  for (const node of nodes) [node.fx, node.fy] = [null, null];
  for (let round = 0; round < 200 && separate(nodes, 1); round++);
}

// New names start around a neighbour that has its place, one after the other on a widening turn.
function placeBeside(fresh, edges) {
  const turn = Math.PI * (3 - Math.sqrt(5));
  fresh.forEach((node, number) => {
    const edge = edges.find((one) => (one.source === node && one.target.x !== undefined) || (one.target === node && one.source.x !== undefined));
    const anchor = edge ? (edge.source === node ? edge.target : edge.source) : { x: 0, y: 0 };
    const far = 150 + 12 * Math.sqrt(number);
    node.x = anchor.x + far * Math.cos(number * turn);
    node.y = anchor.y + far * Math.sin(number * turn);
  });
}

// The point where the line from `node` to (x, y) leaves its box.
function borderPoint(node, x, y, gap = 0) {
  const dx = x - node.x;
  const dy = y - node.y;
  if (!dx && !dy) return [node.x, node.y];
  const scale = Math.min((node.width / 2 + gap) / Math.abs(dx || 1e-9), (node.height / 2 + gap) / Math.abs(dy || 1e-9));
  return [node.x + dx * Math.min(scale, 1), node.y + dy * Math.min(scale, 1)];
}
