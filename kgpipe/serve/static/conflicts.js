// Facts of which at most one is true, side by side.

import { ask } from "./api.js";
import * as cards from "./cards.js";
import { LABELS, answerBar, commentBox } from "./answers.js";
import { make } from "./dom.js";
import { SourcePane } from "./source.js";

export class ConflictsView {
  constructor(page) {
    this.page = page;
    this.facts = [];
    this.chosen = 0;
    this.number = 1;
    this.title = make("h2", { class: "view-title", tabindex: "-1" });
    this.cards = make("div", { class: "side-by-side" });
    this.comment = commentBox("Comment on the chosen fact", () => page.attempt(() => this.keepComment()), (text) => page.draft(this.fact()?.id, text));
    this.bar = answerBar(LABELS.map(([key, label]) => [key, label, () => page.act(() => this.give(label))]), {
      previous: () => page.act(() => this.move(-1)), next: () => page.act(() => this.move(1)),
      undo: () => page.act(() => page.undo()),
    });
    this.element = make("div", { class: "stack" }, this.title, this.cards,
      make("section", { class: "answer", "aria-label": "Your answer" }, this.comment.element, this.bar));
  }

  fact() {
    return this.facts[this.chosen];
  }

  async open(number) {
    this.number = Number(number) || this.number;
    await this.load();
  }

  async move(by) {
    if (!this.matching) return;
    this.number = ((this.number - 1 + by + this.matching) % this.matching) + 1;
    this.chosen = 0;
    await this.load();
    history.replaceState(null, "", `#conflicts/${this.number}`);
  }

  async load() {
    this.matching = (await this.page.overview()).conflicts;
    this.element.classList.toggle("empty", !this.matching);
    if (!this.matching) {
      this.title.textContent = "No facts contradict each other.";
      return;
    }
    this.number = Math.min(this.number, this.matching);
    const answer = await ask(`/api/conflicts/${this.number}`, this.page.who());
    this.page.showProgress(answer.overview);
    this.title.textContent = `At most one of these is true (${this.number} of ${answer.matching})`;
    const same = answer.facts.length === this.facts.length && answer.facts.every((fact, n) => fact.id === this.facts[n].id);
    this.facts = answer.facts;
    if (!same) this.build();
    this.draw();
  }

  refresh() {
    return this.load();
  }

  build() {
    this.panes = this.facts.map((fact) => new SourcePane(`Where ${fact.object} is stated`));
    this.heads = this.facts.map(() => make("div", { class: "head" }));
    this.chosen = Math.min(this.chosen, this.facts.length - 1);
    this.cards.replaceChildren(...this.facts.map((fact, index) => make("article", {
      class: "card rival", tabindex: "0", "aria-label": `${fact.subject} ${fact.predicate} ${fact.object}`,
      onfocusin: () => this.choose(index), onclick: () => this.choose(index),
    }, this.heads[index], this.panes[index].element)));
    this.facts.forEach((fact, index) => this.page.watch(this.panes[index].show(fact.source)));
    this.comment.set(this.page.drafted(this.fact().id) ?? this.fact().mine?.comment ?? "");
  }

  draw() {
    this.facts.forEach((fact, index) => {
      this.heads[index].replaceChildren(...[cards.statement(fact, "h3"), cards.tags(fact), cards.verdict(fact),
        ...cards.labels(fact)].filter(Boolean));
    });
    this.mark();
  }

  mark() {
    [...this.cards.children].forEach((card, index) => {
      card.classList.toggle("chosen", index === this.chosen);
      if (index === this.chosen) card.setAttribute("aria-current", "true");
      else card.removeAttribute("aria-current");
    });
    for (const button of this.bar.querySelectorAll("[data-answer]")) {
      button.setAttribute("aria-pressed", String(button.dataset.answer === this.fact().mine?.label));
    }
  }

  choose(index) {
    if (index === this.chosen) return;
    this.chosen = index;
    this.comment.set(this.page.drafted(this.fact().id) ?? this.fact().mine?.comment ?? "");
    this.mark();
  }

  step(by) {
    const next = (this.chosen + by + this.facts.length) % this.facts.length;
    this.cards.children[next]?.focus();
  }

  async give(label) {
    const fact = this.fact();
    if (!fact) return;
    await this.page.label(fact, { label, comment: this.comment.read() });
    this.page.draft(fact.id, null);
    await this.load();
    this.page.say(`${label}: ${fact.subject} ${fact.predicate} ${fact.object}. z undoes it.`);
  }

  async keepComment() {
    const fact = this.fact();
    const comment = this.comment.read();
    if (!fact?.mine || fact.mine.comment === comment) return;
    await this.page.label(fact, { label: fact.mine.label, comment });
    this.page.say("Comment stored.");
    await this.load();
  }

  key(key) {
    const label = LABELS.find(([letter]) => letter === key);
    if (label) return () => this.give(label[1]);
    switch (key) {
      case "ArrowRight": return () => this.step(1);
      case "ArrowLeft": return () => this.step(-1);
      case "n": return () => this.move(1);
      case "p": return () => this.move(-1);
      case "c": return () => this.comment.focus();
      case "+": case "=": return () => this.panes?.[this.chosen].change(1);
      case "-": return () => this.panes?.[this.chosen].change(-1);
      default: return null;
    }
  }
}
