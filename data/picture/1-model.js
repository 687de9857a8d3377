// What the file holds, which facts pass the filters, and which names are worth drawing first.
const data = JSON.parse(document.getElementById("data").textContent);
const GATES = ["approved", "pending", "rejected"];
const STATUS = { approved: "approved", pending: "pending", rejected: "rejected" };
const entities = data.entities.map(([id, name, kind, names], index) => ({ index, id, name, kind, names }));
const facts = data.facts.map((fact, index) => ({ ...fact, index, subject: entities[fact.s], object: entities[fact.o] }));
const kinds = [...new Set(entities.map((entity) => entity.kind))].sort((a, b) => !a - !b || (a < b ? -1 : 1));
// A fact that was approved says more than one that waits, so its names come first.
const WEIGHT = { approved: 3, pending: 1, rejected: 1 };

const filters = {};
function resetFilters() {
  const usual = facts.some((fact) => fact.gate !== "rejected") ? ["approved", "pending"] : GATES;
  Object.assign(filters, { gates: new Set(usual), kinds: new Set(kinds), predicate: "", document: "", verdict: "" });
}
resetFilters();

const TESTS = {
  gates: (fact) => filters.gates.has(fact.gate),
  kinds: (fact) => filters.kinds.has(fact.subject.kind) && filters.kinds.has(fact.object.kind),
  predicate: (fact) => filters.predicate === "" || fact.p === Number(filters.predicate),
  document: (fact) => filters.document === "" || fact.quotes.some((quote) => data.quotes[quote][0] === Number(filters.document)),
  verdict: (fact) => filters.verdict === "" || (fact.verdict || "none") === filters.verdict,
};
// All filters but one: what choosing something else in that one would show.
const passes = (fact, but = "") => Object.entries(TESTS).every(([name, test]) => name === but || test(fact));

let passing = [];
let links = new Map();

// The facts that pass, and for each name its neighbours with the facts between the two.
function applyFilters() {
  passing = facts.filter((fact) => passes(fact));
  links = new Map();
  for (const fact of passing) {
    if (fact.s === fact.o) continue;
    for (const [one, other] of [[fact.s, fact.o], [fact.o, fact.s]]) {
      if (!links.has(one)) links.set(one, new Map());
      const neighbours = links.get(one);
      if (!neighbours.has(other)) neighbours.set(other, []);
      neighbours.get(other).push(fact);
    }
  }
}

const neighboursOf = (index) => links.get(index) || new Map();
const factsOf = (index) => passing.filter((fact) => fact.s === index || fact.o === index);
const bestGate = (some) => GATES.find((gate) => some.some((fact) => fact.gate === gate));
const scoreOf = (index) => {
  let score = 0;
  for (const some of neighboursOf(index).values()) score += WEIGHT[bestGate(some)];
  return score;
};

// Grow the best-connected part: always the neighbour with most facts, and a new part when none is left.
// Where names are closely knit fewer are drawn, since two lines a name are what can be followed.
function chooseNames(limit, lines = 2 * limit) {
  const scores = new Map([...links.keys()].map((index) => [index, scoreOf(index)]));
  const ranked = [...scores.keys()].sort((a, b) => scores.get(b) - scores.get(a) || a - b);
  const chosen = new Set();
  const border = new Map();
  let tied = 0;
  const take = (index) => {
    tied += border.get(index) || 0;
    chosen.add(index);
    border.delete(index);
    for (const other of neighboursOf(index).keys()) if (!chosen.has(other)) border.set(other, (border.get(other) || 0) + 1);
  };
  while (chosen.size < Math.min(limit, ranked.length) && (tied < lines || chosen.size < 14)) {
    let best = null;
    let most = -1;
    for (const [index, held] of border) {
      // A name that ties two others together tells more than one that hangs on one.
      const worth = scores.get(index) + 3 * (held - 1);
      if (worth > most || (worth === most && index < best)) [best, most] = [index, worth];
    }
    take(best === null ? ranked.find((index) => !chosen.has(index)) : best);
  }
  return chosen;
}

// How a fact reads: what it denies, doubts or ascribes is said with it.
function wordsOf(fact) {
  return (fact.negated ? "not: " : "") + data.predicates[fact.p];
}
// On a line there is no room for more than that there is a reservation.
function shortWordsOf(fact) {
  const doubts = [fact.hedged && "hedged", fact.conditional && "conditional", fact.by && "ascribed"].filter(Boolean);
  return wordsOf(fact) + (doubts.length ? ` (${doubts.join(", ")})` : "");
}
function marksOf(fact) {
  const marks = [];
  if (fact.hedged) marks.push("hedged");
  if (fact.conditional) marks.push("conditional");
  if (fact.by) marks.push(`according to ${fact.by}`);
  if (fact.time) marks.push(`time: ${fact.time}`);
  if (fact.place) marks.push(`place: ${fact.place}`);
  if (fact.quantity) marks.push(`quantity: ${fact.quantity}`);
  return marks;
}
function verdictOf(fact) {
  if (!fact.verdict) return "no verdict";
  return `${fact.verdict}, probability ${fact.probability.toFixed(2)}`;
}
const placeOf = (quote) => {
  const [document_, page] = data.quotes[quote];
  return data.documents[document_] + (page === null ? "" : `, page ${page}`);
};
const nameKind = (kind) => kind || "no kind";
const kindClass = (kind) => `kind-${/^[a-z]+$/.test(kind) ? kind : "none"}`;
const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

// An element with text and children; text is never read as markup.
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}
