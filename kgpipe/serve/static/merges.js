// Names that became one thing: to be confirmed, or undone.

import { ask, tell } from "./api.js";
import { answerBar, commentBox } from "./answers.js";
import { make } from "./dom.js";
import { SourcePane } from "./source.js";

const percent = (value) => (value === null ? "not compared" : value.toFixed(2));

export class MergesView {
  constructor(page) {
    this.page = page;
    this.merge = null;
    this.number = 1;
    this.title = make("h2", { class: "view-title", tabindex: "-1" });
    this.card = make("article", { class: "card" });
    this.panes = [new SourcePane("Where the first name is said"), new SourcePane("Where the second name is said")];
    this.note = commentBox("Note", () => page.attempt(() => this.keepNote()), (text) => page.draft(this.merge?.id, text));
    this.bar = answerBar([["s", "same", () => page.act(() => this.give(true))], ["d", "different", () => page.act(() => this.give(false))]], {
      previous: () => page.act(() => this.move(-1)), next: () => page.act(() => this.move(1)),
      undo: () => page.act(() => page.undo()),
    });
    this.element = make("div", { class: "stack" }, this.title, this.card,
      make("div", { class: "side-by-side" }, this.panes.map((pane) => pane.element)),
      make("section", { class: "answer", "aria-label": "Your answer" }, this.note.element, this.bar));
  }

  async open(number) {
    this.number = Number(number) || this.number;
    await this.load();
  }

  async move(by) {
    if (!this.matching) return;
    this.number = ((this.number - 1 + by + this.matching) % this.matching) + 1;
    await this.load();
    history.replaceState(null, "", `#merges/${this.number}`);
  }

  refresh() {
    return this.load();
  }

  async load() {
    const overview = await this.page.overview();
    this.matching = overview.merges;
    this.element.classList.toggle("empty", !this.matching);
    if (!this.matching) {
      this.title.textContent = "No names were merged.";
      return;
    }
    this.number = Math.min(this.number, this.matching);
    const answer = await ask(`/api/merges/${this.number}`, this.page.who());
    this.page.showProgress(answer.overview);
    const other = answer.merge.id !== this.merge?.id;
    this.merge = answer.merge;
    this.title.textContent = `Are these two names one thing? (${this.number} of ${answer.matching}, ${answer.overview.merges_decided} decided)`;
    this.draw();
    const note = this.page.drafted(this.merge.id) ?? this.merge.mine?.note ?? "";
    if (!other) return this.note.offer(note);
    this.note.set(note);
    const places = [this.merge.left_source, this.merge.right_source];
    this.panes.forEach((pane, index) => {
      if (places[index]) this.page.watch(pane.show(places[index]));
      else pane.say("No quote is at hand for this name.", "");
    });
  }

  draw() {
    const merge = this.merge;
    const apart = merge.reason === "kept_apart";
    const others = merge.names.filter((name) => name !== merge.left && name !== merge.right);
    this.card.replaceChildren(...[
      make("p", { class: "names" }, name(merge.left, merge.left_mentions, apart), make("span", { class: "predicate" }, apart ? " kept apart from " : " merged with "),
        name(merge.right, merge.right_mentions, apart)),
      apart ? null : make("dl", { class: "figures" }, figure("why", merge.reason.replaceAll("_", " ")), figure("score", merge.score.toFixed(2)),
        figure("cosine", percent(merge.cosine)), figure("spelling", percent(merge.string_similarity)), figure("called", merge.entity)),
      merge.against.length ? make("p", { class: "said" }, make("strong", {}, "Against it: "), merge.against.join("; ")) : null,
      others.length ? make("p", { class: "said muted" }, `Other names of it: ${others.slice(0, 12).join(", ")}${others.length > 12 ? ", …" : ""}`) : null,
      merge.mine ? make("p", { class: "said" }, "You: ", word(merge.mine.same)) : null,
      ...merge.others.map((other) => make("p", { class: "said" }, `${other.annotator || "nobody named"}: `, word(other.same))),
    ].filter(Boolean));
    for (const button of this.bar.querySelectorAll("[data-answer]")) {
      button.setAttribute("aria-pressed", String(Boolean(merge.mine) && (button.dataset.answer === "same") === merge.mine.same));
    }
  }

  async give(same) {
    const { merge } = this;
    if (!merge) return;
    await this.decide(merge, same, this.note.read());
    await this.move(1);
    this.page.say(`${same ? "The same" : "Different"}: ${merge.left}, ${merge.right}. z undoes it.`);
  }

  async decide(merge, same, note) {
    const answer = await tell("PUT", "/api/decisions", { merge: merge.id, ...this.page.who(), same, note });
    this.page.draft(merge.id, null);
    this.page.push({ kind: "merge", id: merge.id, number: this.number, former: answer.former, ...this.page.who() });
    this.page.showProgress(answer.overview);
  }

  async keepNote() {
    const { merge } = this;
    if (!merge?.mine || merge.mine.note === this.note.read()) return;
    await this.decide(merge, merge.mine.same, this.note.read());
    await this.load();
  }

  key(key) {
    switch (key) {
      case "s": return () => this.give(true);
      case "d": return () => this.give(false);
      case "n": case "ArrowRight": return () => this.move(1);
      case "p": case "ArrowLeft": return () => this.move(-1);
      case "c": return () => this.note.focus();
      case "+": case "=": return () => this.panes.forEach((pane) => pane.change(1));
      case "-": return () => this.panes.forEach((pane) => pane.change(-1));
      default: return null;
    }
  }
}

function name(text, mentions, apart) {
  const often = apart ? null : make("span", { class: "muted" }, ` (${mentions} ×)`);
  return make("span", { class: "end" }, text, often);
}

function figure(term, value) {
  return make("div", {}, make("dt", {}, term), make("dd", {}, value || "-"));
}

function word(same) {
  return make("span", { class: `badge ${same ? "supported" : "refuted"}` }, same ? "same" : "different");
}
