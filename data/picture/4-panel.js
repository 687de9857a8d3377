// What is known about the name or the line that was chosen: every fact with its quotes.
const panel = document.getElementById("panel");
const FACTS_AT_ONCE = 20;

function showPanel() {
  panel.replaceChildren();
  if (!selection) {
    panel.append(make("p", { className: "muted" }, "Choose a name or a line to read its facts, each with the words it was read from. A number beside a name tells how many neighbours are not drawn; click it to show them."));
    return;
  }
  if (selection.name !== undefined) showName(entities[selection.name]);
  else showEdge();
}

function showName(entity) {
  const own = factsOf(entity.index);
  const hidden = [...neighboursOf(entity.index).keys()].filter((index) => !shown.has(index)).length;
  const others = entity.names.filter((name) => name !== entity.name);
  panel.append(
    make("p", { className: "eyebrow" }, swatch(entity.kind), nameKind(entity.kind)),
    make("h2", {}, entity.name),
    others.length ? make("p", { className: "muted" }, `Also: ${others.join(", ")}`) : "",
    make("p", { className: "actions" },
      hidden ? make("button", { type: "button", onclick: () => expand(entity.index) }, `Show ${plural(hidden, "more neighbour")}`) : "",
      make("button", { type: "button", onclick: () => only(entity.index) }, "Only this and its neighbours"),
      shown.has(entity.index) ? make("button", { type: "button", onclick: () => hide(entity.index) }, "Hide") : ""),
    make("h3", {}, own.length ? plural(own.length, "fact") : "No fact passes the filters."),
  );
  listFacts(own);
}

function showEdge() {
  const edge = edges.find((one) => one.key === selection.edge);
  if (!edge) return;
  panel.append(make("h2", {}, `${edge.source.entity.name} – ${edge.target.entity.name}`), make("h3", {}, plural(edge.facts.length, "fact")));
  listFacts(edge.facts);
}

function listFacts(some) {
  const ordered = [...some].sort((a, b) => GATES.indexOf(a.gate) - GATES.indexOf(b.gate) || a.index - b.index);
  const list = make("ul", { className: "facts" });
  const more = make("button", { type: "button" });
  let next = 0;
  const show = () => {
    list.append(...ordered.slice(next, next + FACTS_AT_ONCE).map((fact) => make("li", {}, ...describe(fact))));
    next += FACTS_AT_ONCE;
    more.textContent = `Show ${ordered.length - next} more`;
    more.hidden = next >= ordered.length;
  };
  more.onclick = show;
  show();
  panel.append(list, more);
}

function describe(fact) {
  return [
    make("p", { className: "statement" }, nameButton(fact.subject), " ", make("span", { className: "predicate" }, wordsOf(fact)), " ", nameButton(fact.object)),
    make("p", { className: "tags" }, make("span", { className: `tag ${fact.gate}` }, STATUS[fact.gate]), make("span", { className: "tag" }, verdictOf(fact)), ...marksOf(fact).map((text) => make("span", { className: "tag mark" }, text))),
    ...fact.quotes.map((quote) => quoted(data.quotes[quote][2], placeOf(quote), "")),
    ...(fact.evidence.length ? [make("details", {}, make("summary", {}, evidenceTitle(fact.evidence)), ...fact.evidence.map(([stance, source, text]) => quoted(text, source, stance)))] : []),
    ...fact.labels.map(([who, label, comment]) => make("p", { className: "label" }, make("b", {}, who), `: ${label}${comment ? `. ${comment}` : ""}`)),
  ];
}

const STANCES = { support: "supports", refute: "speaks against", neutral: "says neither" };
function evidenceTitle(evidence) {
  const count = (stance) => evidence.filter(([one]) => one === stance).length;
  return `Checked against ${plural(evidence.length, "passage")}: ${count("support")} for, ${count("refute")} against`;
}

function quoted(text, place, stance) {
  const where = (stance ? `${STANCES[stance]} · ` : "") + place;
  return text ? make("figure", { className: stance }, make("blockquote", {}, text), make("figcaption", {}, where)) : make("p", { className: "muted" }, `No quote · ${where}`);
}

const nameButton = (entity) => make("button", { type: "button", className: "link", onclick: () => find(entity.index) }, entity.name);
const swatch = (kind) => make("i", { className: `swatch ${kindClass(kind)}` });
