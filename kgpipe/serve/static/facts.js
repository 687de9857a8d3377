// One fact at a time.

import { ask } from "./api.js";
import * as cards from "./cards.js";
import { make } from "./dom.js";
import { LABELS, answerBar, commentBox } from "./answers.js";
import { SourcePane, preload } from "./source.js";

export class FactsView {
  constructor(page) {
    this.page = page;
    this.fact = null;
    this.card = make("article", { class: "card" });
    this.source = new SourcePane("Where it is stated");
    this.list = make("section", { class: "pieces", "aria-label": "Evidence" });
    this.comment = commentBox("Comment", () => page.attempt(() => this.keepComment()), (text) => page.draft(this.fact?.id, text));
    this.bar = answerBar(LABELS.map(([key, label]) => [key, label, () => page.act(() => this.give(label))]), {
      previous: () => page.act(() => this.move("previous")), next: () => page.act(() => this.move("next")),
      undo: () => page.act(() => page.undo()),
    });
    this.element = make("div", { class: "facts" }, this.card, this.source.element, this.list,
      make("section", { class: "answer", "aria-label": "Your answer" }, this.comment.element, this.bar));
  }

  async open(id) {
    await this.load({ from: id ?? this.fact?.id ?? this.page.remembered("fact"), move: "stay" });
  }

  async move(direction) {
    await this.load({ from: this.fact?.id ?? "", move: direction });
  }

  // After a change of the filters: the first that they let in.
  async restart() {
    await this.load({ from: "", move: "next" });
  }

  async load(where) {
    const answer = await ask("/api/facts", { ...this.page.filters(), ...this.page.who(), ...where });
    this.page.showProgress(answer.overview);
    this.page.showMatching(answer.number, answer.matching);
    this.show(answer.fact);
  }

  // Another tab or process has written something; what is being typed stays.
  async refresh() {
    if (!this.fact) return this.restart();
    const answer = await ask("/api/facts", { ...this.page.filters(), ...this.page.who(), from: this.fact.id, move: "stay" });
    this.page.showProgress(answer.overview);
    this.page.showMatching(answer.number, answer.matching);
    if (answer.fact?.id !== this.fact.id) return this.show(answer.fact);
    if (JSON.stringify(answer.fact) === JSON.stringify(this.fact)) return;
    this.fact = answer.fact;
    this.drawCard();
    this.comment.offer(this.page.drafted(this.fact.id) ?? this.fact.mine?.comment ?? "");
  }

  show(fact) {
    const lost = this.element.contains(document.activeElement) && this.list.contains(document.activeElement);
    this.fact = fact;
    this.element.classList.toggle("empty", !fact);
    if (!fact) {
      const message = "No fact is left that these filters let through.";
      this.card.replaceChildren(make("h2", { class: "statement", tabindex: "-1" }, message));
      return;
    }
    this.page.remember("fact", fact.id);
    this.pieces = cards.sources(fact);
    this.comment.set(this.page.drafted(fact.id) ?? fact.mine?.comment ?? "");
    this.drawCard();
    this.choose(0);
    if (lost) this.card.querySelector("h2").focus();
    this.lookAhead();
  }

  drawCard() {
    const fact = this.fact;
    const rivals = fact.conflict ? make("p", { class: "said" },
      make("a", { href: `#conflicts/${fact.conflict}` }, "Other values are given in its place: see them side by side")) : null;
    this.card.replaceChildren(...[cards.statement(fact), cards.tags(fact), cards.verdict(fact), rivals,
      ...cards.labels(fact)].filter(Boolean));
    for (const button of this.bar.querySelectorAll("[data-answer]")) {
      button.setAttribute("aria-pressed", String(button.dataset.answer === fact.mine?.label));
    }
  }

  choose(index) {
    const held = this.list.contains(document.activeElement);
    this.chosen = index;
    this.list.replaceChildren(make("h3", {}, `Evidence (${this.pieces.filter((one) => one.stance).length})`),
      cards.evidence(this.pieces, index, (other) => this.choose(other)));
    if (!this.pieces.some((one) => one.stance)) {
      this.list.append(make("p", { class: "said muted" }, "No other source was found that speaks to it."));
    }
    if (this.fact.verdict?.more) this.list.append(make("p", { class: "muted" }, `${this.fact.verdict.more} more in evidence.csv of kgpipe publish csv.`));
    const button = this.list.querySelectorAll(".piece")[index];
    if (held) button?.focus();
    else if (index) button?.scrollIntoView({ block: "nearest" });
    this.page.watch(this.source.show(this.pieces[index] ?? null));
  }

  async give(label) {
    if (!this.fact) return;
    const { fact } = this;
    await this.page.label(fact, { label, comment: this.comment.read() });
    this.page.draft(fact.id, null);
    await this.move("next");
    this.page.say(`${label}: ${fact.subject} ${fact.predicate} ${fact.object}. z undoes it.`);
  }

  // A comment that changes after the label was given belongs to the label.
  async keepComment() {
    const mine = this.fact?.mine;
    const comment = this.comment.read();
    if (!mine || mine.comment === comment) return;
    await this.page.label(this.fact, { label: mine.label, comment });
    this.page.draft(this.fact.id, null);
    this.page.say("Comment stored.");
    await this.refresh();
  }

  async lookAhead() {
    try {
      const next = await ask("/api/facts", { ...this.page.filters(), ...this.page.who(), from: this.fact.id, move: "next" });
      await preload(next.fact?.source);
    } catch {
      // The next request tells what is wrong.
    }
  }

  key(key) {
    const label = LABELS.find(([letter]) => letter === key);
    if (label) return () => this.give(label[1]);
    switch (key) {
      case "n": case "ArrowRight": return () => this.move("next");
      case "p": case "ArrowLeft": return () => this.move("previous");
      case "c": return () => this.comment.focus();
      case "e": return () => this.pieces?.length && this.choose((this.chosen + 1) % this.pieces.length);
      case "q": return () => this.fact && this.choose(0);
      case "+": case "=": return () => this.source.change(1);
      case "-": return () => this.source.change(-1);
      default: return null;
    }
  }
}
