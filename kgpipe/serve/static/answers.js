// The buttons and the comment that every view has.

import { make } from "./dom.js";

export const LABELS = [["s", "supported"], ["r", "refuted"], ["u", "unclear"]];

const capital = (word) => word[0].toUpperCase() + word.slice(1);

function button(key, words, action, attributes = {}) {
  return make("button", { type: "button", "aria-keyshortcuts": key, onclick: action, ...attributes },
    capital(words), " ", make("kbd", { "aria-hidden": "true" }, key));
}

// `answers` are [key, words, action]; `moves` has previous, next and undo.
export function answerBar(answers, moves) {
  return make("div", { class: "bar" },
    make("div", { class: "choices", role: "group", "aria-label": "Answer" },
      answers.map(([key, words, action]) => button(key, words, action, {
        class: `choice ${words}`, "data-answer": words, "aria-pressed": "false",
      }))),
    make("div", { class: "moves" },
      button("p", "previous", moves.previous), button("n", "skip", moves.next), button("z", "undo", moves.undo)));
}

export function commentBox(name, keep, draft) {
  const field = make("textarea", { rows: 1, maxlength: 10000, placeholder: `${name} (c)`, "aria-label": name });
  field.addEventListener("input", () => draft(field.value));
  field.addEventListener("change", keep);
  return {
    element: field,
    read: () => field.value.trim(),
    set: (text) => { field.value = text; },
    // Not under the hands of whoever is typing.
    offer: (text) => { if (document.activeElement !== field) field.value = text; },
    focus: () => field.focus(),
  };
}
