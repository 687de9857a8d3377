// The same facts as a table, for those who read rather than look.
const ROWS_AT_ONCE = 100;
const COLUMNS = [
  ["Subject", (fact) => fact.subject.name],
  ["Relation", (fact) => wordsOf(fact)],
  ["Object", (fact) => fact.object.name],
  ["Status", (fact) => STATUS[fact.gate]],
  ["Quote", (fact) => (fact.quotes.length ? data.quotes[fact.quotes[0]][2] : "")],
  ["Source", (fact) => (fact.quotes.length ? placeOf(fact.quotes[0]) : "")],
];
const ordering = { column: 3, down: false };
const compare = new Intl.Collator("en", { numeric: true }).compare;
let rows = [];
let rowsShown = 0;

function makeHead() {
  document.querySelector("#table thead tr").append(...COLUMNS.map(([name], column) => make("th", { scope: "col" }, make("button", { type: "button", onclick: () => {
    Object.assign(ordering, { down: ordering.column === column && !ordering.down, column });
    showTable();
  } }, name))));
}

function showTable() {
  const text = COLUMNS[ordering.column][1];
  rows = [...passing].sort((a, b) => (ordering.down ? -1 : 1) * compare(text(a), text(b)) || a.index - b.index);
  document.querySelectorAll("#table th").forEach((head, column) => head.setAttribute("aria-sort", column !== ordering.column ? "none" : ordering.down ? "descending" : "ascending"));
  document.querySelector("#table tbody").replaceChildren();
  rowsShown = 0;
  showRows();
  document.getElementById("table-told").textContent = `${plural(rows.length, "fact")} of ${facts.length.toLocaleString("en")} pass the filters.`;
}

function showRows() {
  document.querySelector("#table tbody").append(...rows.slice(rowsShown, rowsShown + ROWS_AT_ONCE).map((fact) => {
    const marks = marksOf(fact);
    const cells = COLUMNS.map(([name, text], column) => make("td", { "data-name": name }, column === 0 || column === 2 ? nameButton(column ? fact.object : fact.subject) : column === 3 ? make("span", { className: `tag ${fact.gate}` }, text(fact)) : text(fact)));
    if (marks.length) cells[1].append(make("span", { className: "muted" }, ` (${marks.join("; ")})`));
    return make("tr", {}, ...cells);
  }));
  rowsShown += ROWS_AT_ONCE;
  document.getElementById("table-more").hidden = rowsShown >= rows.length;
}
