// The page of the SPARQL endpoint: asks it as any other client does, and shows the answer as a table.

const ROWS = "application/sparql-results+json";
const GRAPH = "application/n-triples";
// More rows make a page slow, and nobody reads them here; the rest is downloaded.
const SHOWN = 2000;
const NUMBERS = /#(integer|decimal|double|float|nonNegativeInteger|int|long)$/;
const FORMS = { csv: "CSV", tsv: "TSV", json: "JSON", xml: "XML", turtle: "Turtle", ntriples: "N-Triples", jsonld: "JSON-LD" };

const find = (id) => document.getElementById(id);
const query = find("query");
let names = [];

function make(tag, text, properties = {}) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  return Object.assign(node, properties);
}

function showFault(text) {
  find("fault").textContent = text;
  find("fault").hidden = !text;
}

// The name of a resource, short where a prefix is known.
function shorten(iri) {
  for (const [prefix, namespace] of names) {
    const rest = iri.startsWith(namespace) ? iri.slice(namespace.length) : "";
    if (rest && !/[/#]/.test(rest)) return `${prefix}:${rest}`;
  }
  return iri;
}

function makeCell(term) {
  if (!term) return make("td", "");
  if (term.type === "uri") {
    const cell = make("td");
    const link = make("a", shorten(term.value), { href: "#", title: term.value });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      query.value = `DESCRIBE <${term.value}>`;
      run();
    });
    cell.append(link);
    return cell;
  }
  const cell = make("td", term.value);
  if (NUMBERS.test(term.datatype ?? "")) cell.className = "number";
  return cell;
}

function showTable(columns, rows) {
  const table = make("table");
  const head = table.createTHead().insertRow();
  for (const column of columns) head.append(make("th", column, { scope: "col" }));
  const body = table.createTBody();
  for (const row of rows.slice(0, SHOWN)) body.insertRow().append(...columns.map((column) => makeCell(row[column])));
  find("answer").replaceChildren(table);
}

// A line of N-Triples, as the endpoint writes them.
function readTriple(line) {
  const [, subject, predicate, object] = line.match(/^(\S+) (\S+) (.*) \.$/);
  return { subject: readTerm(subject), predicate: readTerm(predicate), object: readTerm(object) };
}

function readTerm(text) {
  if (text.startsWith("<") && !text.startsWith("<<")) return { type: "uri", value: text.slice(1, -1) };
  const literal = text.match(/^"((?:[^"\\]|\\.)*)"(?:\^\^<(.*)>)?/s);
  if (!literal) return { type: "bnode", value: text };
  const value = literal[1].replace(/\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)/g, (_, code) =>
    /^[uU]./.test(code) ? String.fromCodePoint(parseInt(code.slice(1), 16)) : ({ n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" }[code] ?? code));
  return { type: "literal", value, datatype: literal[2] };
}

async function show(answer) {
  if (answer.headers.get("content-type").startsWith(GRAPH)) {
    const triples = (await answer.text()).split("\n").filter(Boolean).sort().map(readTriple);
    showTable(["subject", "predicate", "object"], triples);
    return triples.length;
  }
  const found = await answer.json();
  if ("boolean" in found) {
    showTable(["answer"], [{ answer: { type: "literal", value: String(found.boolean) } }]);
    return 1;
  }
  showTable(found.head.vars, found.results.bindings);
  return found.results.bindings.length;
}

async function run() {
  const text = query.value;
  history.replaceState(null, "", `?query=${encodeURIComponent(text)}`);
  showFault("");
  find("answer").replaceChildren();
  find("count").textContent = "Asking ...";
  const started = performance.now();
  try {
    const answer = await fetch("/sparql", {
      method: "POST", body: text,
      headers: { "Content-Type": "application/sparql-query", Accept: `${ROWS}, ${GRAPH}` },
    });
    if (!answer.ok) {
      find("count").textContent = "";
      return showFault(await answer.text());
    }
    const count = await show(answer);
    const seconds = ((performance.now() - started) / 1000).toFixed(2);
    const cut = count > SHOWN ? `, the first ${SHOWN} of them shown` : "";
    find("count").textContent = `${count} row${count === 1 ? "" : "s"} in ${seconds} s${cut}`;
  } catch (error) {
    find("count").textContent = "";
    showFault(`The endpoint does not answer. Does kgpipe serve still run? (${error.message})`);
  }
}

function choose(example, button) {
  for (const other of document.querySelectorAll("#examples button")) other.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
  query.value = example.query;
  run();
}

const page = await (await fetch("/page.json")).json();
// Longer namespaces first, so that the most precise one shortens.
names = Object.entries(page.prefixes).sort((left, right) => right[1].length - left[1].length);
find("title").textContent = page.title;
document.title = `SPARQL: ${page.title}`;
find("endpoint").textContent = `${location.origin}/sparql`;
find("base").textContent = page.base;
find("prefixes").textContent = Object.entries(page.prefixes).map(([name, iri]) => `PREFIX ${name}: <${iri}>`).join("\n");
for (const [form, label] of Object.entries(FORMS)) find("download").append(make("option", label, { value: form }));
for (const example of page.examples) {
  const button = make("button", undefined, { type: "button" });
  button.append(make("b", example.name), make("span", example.question));
  button.addEventListener("click", () => choose(example, button));
  find("examples").append(button);
}
find("form").addEventListener("submit", (event) => { event.preventDefault(); run(); });
query.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
});
find("download").addEventListener("change", (event) => {
  const form = event.target.value;
  event.target.value = "";
  if (form) location.assign(`/sparql?format=${form}&query=${encodeURIComponent(query.value)}`);
});
const asked = new URLSearchParams(location.search).get("query");
if (asked) { query.value = asked; run(); }
else query.value = page.examples.find((example) => example.name === "facts")?.query ?? "";
