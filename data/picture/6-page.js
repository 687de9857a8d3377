// Search, filters, keys, and what is drawn.
const byId = (id) => document.getElementById(id);
let limit = 0;

function refresh() {
  applyFilters();
  shown = chooseNames(limit);
  selection = null;
  draw({ anew: true });
  fit();
  tell();
}

function tell() {
  const drawn = new Set(edges.flatMap((edge) => edge.facts)).size;
  const names = links.size;
  byId("told").textContent = names
    ? `${plural(shown.size, "name")} of ${names.toLocaleString("en")} and ${plural(drawn, "fact")} of ${passing.length.toLocaleString("en")} are drawn${shown.size < names ? ", the best connected first" : ""}.`
    : "No fact passes the filters.";
  byId("more").hidden = shown.size >= names;
  byId("fewer").hidden = shown.size <= 14;
  showPanel();
  showChoices();
  showTable();
}

function select(what, { focus = false } = {}) {
  selection = what;
  const place = what && what.name !== undefined ? `#${encodeURIComponent(entities[what.name].name)}` : "";
  if (place !== location.hash) history.replaceState(null, "", place || location.pathname);
  mark();
  showPanel();
  panel.scrollTop = 0;
  if (what && matchMedia("(max-width: 899px)").matches) panel.scrollIntoView({ block: "nearest" });
  if (focus) panel.focus();
}

function add(indices, around) {
  for (const index of indices) shown.add(index);
  draw();
  tell();
  select({ name: around });
  if (!indices.every((index) => isInView(nodes.get(index)))) fit();
}

// A hub's neighbours come in portions, so that they can be told apart.
function expand(index) {
  const hidden = [...neighboursOf(index).keys()].filter((other) => !shown.has(other)).sort((a, b) => scoreOf(b) - scoreOf(a) || a - b);
  add([index, ...hidden.slice(0, 25)], index);
  if (hidden.length > 25) byId("told").textContent += ` 25 of ${hidden.length} neighbours were added.`;
}

function only(index) {
  const near = [...neighboursOf(index).keys()].sort((a, b) => scoreOf(b) - scoreOf(a) || a - b);
  shown = new Set([index, ...near.slice(0, 80)]);
  draw({ anew: true });
  fit();
  tell();
  select({ name: index });
}

function hide(index) {
  shown.delete(index);
  draw();
  selection = null;
  mark();
  tell();
}

// A name that filters leave without facts can still be read about.
function find(index) {
  showView("picture");
  if (shown.has(index)) { select({ name: index }); bringIntoView(nodes.get(index)); return; }
  const near = [...neighboursOf(index).keys()].filter((other) => shown.has(other));
  const best = [...neighboursOf(index).keys()].sort((a, b) => scoreOf(b) - scoreOf(a) || a - b).slice(0, 5);
  add(near.length ? [index] : [index, ...best], index);
}

// graph.html#mercury opens the page at that name.
function followAddress() {
  let wanted = location.hash.slice(1);
  try { wanted = decodeURIComponent(wanted); } catch { /* A lone percent sign stands for itself. */ }
  const entity = wanted && entities.find((one) => one.id === wanted || one.name === wanted);
  if (entity && !(selection && selection.name === entity.index)) find(entity.index);
}

// ---------------------------------------------------------------- search
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
function search() {
  const wanted = folded(byId("search").value.trim());
  const list = byId("found");
  list.replaceChildren();
  list.hidden = !wanted;
  if (!wanted) return;
  const rank = (entity) => {
    const places = [entity.name, ...entity.names].map((name) => folded(name).indexOf(wanted)).filter((place) => place >= 0);
    return places.length ? Math.min(...places, 1) : -1;
  };
  const found = entities.map((entity) => [rank(entity), -neighboursOf(entity.index).size, entity]).filter(([where]) => where >= 0).sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2].index - b[2].index);
  list.append(...found.slice(0, 12).map(([, , entity]) => make("li", {}, make("button", { type: "button", onclick: () => { list.hidden = true; find(entity.index); } }, swatch(entity.kind), entity.name, make("span", { className: "muted" }, ` ${plural(factsOf(entity.index).length, "fact")}`)))));
  if (found.length > 12) list.append(make("li", { className: "muted" }, `and ${found.length - 12} more`));
  if (!found.length) list.append(make("li", { className: "muted" }, "No such name."));
}

// ---------------------------------------------------------------- filters
function countBy(but, of) {
  const counts = new Map();
  for (const fact of facts) if (passes(fact, but)) for (const value of new Set(of(fact))) counts.set(value, (counts.get(value) || 0) + 1);
  return counts;
}

// Names of each kind in the facts that pass all other filters, each once however many facts it is in.
function countNames() {
  const counts = new Map();
  const named = new Set(facts.filter((fact) => passes(fact, "kinds")).flatMap((fact) => [fact.subject, fact.object]));
  for (const entity of named) counts.set(entity.kind, (counts.get(entity.kind) || 0) + 1);
  return counts;
}

// Every choice tells how many facts it would leave, a kind how many names; what would leave none is not offered.
function showChoices() {
  fillChecks("gates", GATES, countBy("gates", (fact) => [fact.gate]), (gate) => [make("i", { className: `stroke ${gate}` }), STATUS[gate]]);
  fillChecks("kinds", kinds, countNames(), (kind) => [swatch(kind), nameKind(kind)]);
  fillSelect("predicate", "All relations", countBy("predicate", (fact) => [fact.p]), (value) => data.predicates[value]);
  fillSelect("document", "All documents", countBy("document", (fact) => fact.quotes.map((quote) => data.quotes[quote][0])), (value) => data.documents[value]);
  fillSelect("verdict", "Any", countBy("verdict", (fact) => [fact.verdict || "none"]), (value) => (value === "none" ? "no verdict" : value));
}

function fillChecks(name, values, counts, content) {
  const active = document.activeElement && document.activeElement.dataset.value;
  byId(name).replaceChildren(...values.map((value) => make("label", { className: "check" },
    make("input", { type: "checkbox", "data-value": `${name}:${value}`, checked: filters[name].has(value), onchange: (event) => {
      filters[name][event.target.checked ? "add" : "delete"](value);
      refresh();
    } }), ...content(value), make("span", { className: "number" }, (counts.get(value) || 0).toLocaleString("en")))));
  if (active && active.startsWith(`${name}:`)) document.querySelector(`[data-value="${CSS.escape(active)}"]`)?.focus();
}

function fillSelect(name, all, counts, text) {
  const values = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || compare(String(text(a)), String(text(b))));
  if (filters[name] !== "" && !values.some((value) => String(value) === filters[name])) values.unshift(filters[name]);
  const options = values.map((value) => make("option", { value: String(value) }, `${clip(text(value), 60)} (${(counts.get(value) || 0).toLocaleString("en")})`));
  byId(name).replaceChildren(make("option", { value: "" }, all), ...options);
  byId(name).value = filters[name];
}

for (const name of ["predicate", "document", "verdict"]) byId(name).onchange = (event) => { filters[name] = event.target.value; refresh(); };
byId("reset").onclick = () => { resetFilters(); limit = roomForNames(); byId("search").value = ""; search(); refresh(); };
byId("more").onclick = () => { limit = Math.round(shown.size * 1.6) + 5; shown = new Set([...shown, ...chooseNames(limit, Infinity)]); draw({ anew: true }); fit(); tell(); };
byId("fewer").onclick = () => { limit = Math.max(14, Math.round(shown.size / 1.6)); shown = chooseNames(limit); draw({ anew: true }); fit(); tell(); };
byId("search").oninput = search;
byId("controls").onsubmit = (event) => event.preventDefault();
byId("search").onkeydown = (event) => { if (event.key === "Enter") byId("found").querySelector("button")?.click(); };
byId("zoom-in").onclick = () => svg.call(zoom.scaleBy, 1.3);
byId("zoom-out").onclick = () => svg.call(zoom.scaleBy, 1 / 1.3);
byId("fit").onclick = fit;
byId("to-picture").onclick = () => showView("picture");
byId("to-table").onclick = () => showView("table");
byId("table-more").onclick = showRows;

function showView(name) {
  for (const one of ["picture", "table"]) {
    byId(one).hidden = one !== name;
    document.querySelector(".app").classList.toggle(one, one === name);
    byId(`to-${one}`).setAttribute("aria-pressed", String(one === name));
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { byId("found").hidden = true; select(null); }
  if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  const zoomed = () => 1 / d3.zoomTransform(svg.node()).k;
  if (event.key === "/") byId("search").focus();
  else if (event.key === "0") fit();
  else if (event.key === "+" || event.key === "=") svg.call(zoom.scaleBy, 1.3);
  else if (event.key === "-") svg.call(zoom.scaleBy, 1 / 1.3);
  else if (steps[event.key] && svg.node().contains(event.target)) svg.call(zoom.translateBy, ...steps[event.key].map((step) => step * zoomed()));
  else return;
  event.preventDefault();
});

// On paper the picture has another size than on the screen.
addEventListener("beforeprint", () => svg.attr("viewBox", `0 0 ${screen_().join(" ")}`));
addEventListener("afterprint", () => svg.attr("viewBox", null));
// A phone's address bar comes and goes; that is no new size.
let size = screen_();
new ResizeObserver(() => {
  const now = screen_();
  if (byId("picture").hidden || (now[0] === size[0] && Math.abs(now[1] - size[1]) < 120)) return;
  size = now;
  fit();
}).observe(svg.node());

byId("lines").append(...GATES.map((gate) => make("li", {}, make("i", { className: `stroke ${gate}` }), STATUS[gate])));
makeHead();
if (matchMedia("(max-width: 899px)").matches) byId("filters").open = false;
limit = roomForNames();
refresh();
addEventListener("hashchange", followAddress);
followAddress();
