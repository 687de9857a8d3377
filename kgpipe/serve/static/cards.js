// What a fact looks like: statement, verdict, labels, evidence.

import { make } from "./dom.js";

const STANCE = { support: "for", refute: "against", neutral: "neutral" };

export function statement(fact, level = "h2") {
  return make(level, { class: "statement", tabindex: "-1" },
    make("span", { class: "end" }, fact.subject), " ",
    make("span", { class: "predicate" }, fact.predicate), " ",
    make("span", { class: "end" }, fact.object));
}

export function tags(fact) {
  const words = fact.qualifiers ? fact.qualifiers.split("; ") : [];
  if (fact.imported) words.push("imported");
  return words.length ? make("p", { class: "tags" }, words.map((word) => make("span", { class: "tag" }, word))) : null;
}

export function verdict(fact) {
  const said = fact.verdict;
  if (!said) return make("p", { class: "verdict muted" }, "The machine has not judged this fact.");
  if (said.label === "error") {
    return make("p", { class: "verdict muted" }, "Judging failed; the next run tries again.");
  }
  const share = said.probability.toFixed(2);
  const kind = said.calibrated ? "probability of being true" : "a rank, not calibrated";
  return make("p", { class: "verdict" }, "Machine: ",
    make("span", { class: `badge ${said.label}` }, said.label),
    make("span", { class: "measured" }, meter(said.probability, share), make("span", { class: "share" }, share)),
    make("span", { class: "muted" }, ` ${kind}${said.reason ? `; ${said.reason}` : ""}`));
}

function meter(value, share) {
  const bar = make("span", {});
  bar.style.width = `${100 * value}%`;
  return make("span", {
    class: "meter", role: "meter", "aria-valuemin": 0, "aria-valuemax": 1, "aria-valuenow": share, "aria-label": "probability",
  }, bar);
}

export function labels(fact) {
  const lines = [];
  if (fact.mine) lines.push(make("p", { class: "said" }, "You: ", badge(fact.mine)));
  for (const other of fact.others) {
    lines.push(make("p", { class: "said" }, `${other.annotator || "nobody named"}${other.role === "adjudicator" ? ", as adjudicator" : ""}: `, badge(other)));
  }
  if (fact.hidden) {
    const count = fact.hidden === 1 ? "One label by somebody else is" : `${fact.hidden} labels by others are`;
    lines.push(make("p", { class: "said muted" }, `${count} shown after yours.`));
  }
  return lines;
}

function badge(label) {
  return [make("span", { class: `badge ${label.label}` }, label.label),
    label.comment ? make("span", { class: "muted" }, ` “${label.comment}”`) : null];
}

// All places that a fact can be read about, the quote it was taken from first.
export function sources(fact) {
  const own = fact.source ? [{ ...fact.source, stance: "", role: "stated in" }] : [];
  const also = fact.support.map((one) => ({ ...one, stance: "", role: "also stated in" }));
  const votes = (fact.verdict?.evidence ?? []).map((vote) => ({ ...vote, role: STANCE[vote.stance] }));
  return [...own, ...also, ...votes];
}

export function evidence(list, chosen, choose) {
  const items = list.map((one, index) => {
    const place = `${one.source}${one.page ? `, page ${one.page}` : ""}`;
    const button = make("button", {
      type: "button", class: `piece ${one.stance}`, "aria-pressed": String(index === chosen),
      onclick: () => choose(index),
    },
    make("span", { class: "role" }, one.role), " ", make("span", { class: "place" }, place),
    make("span", { class: "words" }, one.quote || "(no words)"),
    one.rival ? make("span", { class: "muted" }, `states instead: ${one.rival}`) : null);
    return make("li", {}, button, link(one.source));
  });
  return make("ol", { class: "evidence" }, items);
}

// A web page can be opened; anything else that a source may be called stays text.
function link(source) {
  if (!/^https?:\/\//.test(source)) return null;
  return make("a", { href: source, target: "_blank", rel: "noopener noreferrer" }, "open the web page");
}
