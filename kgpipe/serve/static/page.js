// The page: which view is shown, keys, filters, progress, and what other tabs have done.

import { ask, tell } from "./api.js";
import { ConflictsView } from "./conflicts.js";
import { find, make } from "./dom.js";
import { FactsView } from "./facts.js";
import { MergesView } from "./merges.js";

// How often another tab's labels are looked for, in milliseconds.
const PULSE = 1500;
// How long after the last key a filter is applied.
const PAUSE = 250;
// What a list of suggestions can show without slowing the page.
const SUGGESTED = 300;
const SAID_FOR = 6000;

const page = {
  chain: Promise.resolve(),
  waiting: 0,
  revision: 0,
  fault: "",
  lost: "",

  // ------------------------------------------------------------ what is kept in the browser

  // For this tab: where it stands, drafts, what it can undo.
  remembered: (name) => sessionStorage.getItem(`kgpipe.${name}`) ?? "",
  remember: (name, value) => sessionStorage.setItem(`kgpipe.${name}`, value),

  drafted: (id) => sessionStorage.getItem(`kgpipe.draft.${id}`),
  draft(id, text) {
    if (text === null) sessionStorage.removeItem(`kgpipe.draft.${id}`);
    else if (id) sessionStorage.setItem(`kgpipe.draft.${id}`, text);
  },

  stack: () => JSON.parse(page.remembered("undo") || "[]"),
  push: (entry) => page.remember("undo", JSON.stringify([...page.stack(), entry])),

  who: () => ({ reviewer: find("#reviewer").value.trim() }),
  filters: () => Object.fromEntries(new FormData(find("#filters"))),

  // ------------------------------------------------------------ answers

  async label(fact, opinion) {
    const who = page.who();
    const answer = await tell("PUT", "/api/labels", { fact: fact.id, ...who, opinion });
    page.push({ kind: "fact", id: fact.id, given: opinion, former: answer.former, ...who });
    page.showProgress(answer.overview);
  },

  async undo() {
    const stack = page.stack();
    const entry = stack.pop();
    if (!entry) return page.say("Nothing to undo in this tab.");
    const { id, reviewer, former } = entry;
    page.remember("undo", JSON.stringify(stack));
    if (entry.kind === "fact") {
      await tell("PUT", "/api/labels", { fact: id, reviewer, opinion: former, replaces: entry.given });
      const conflicts = page.view === views.conflicts;
      await (conflicts ? page.view.load() : page.go("facts", id));
    } else {
      await tell("PUT", "/api/decisions", { merge: id, reviewer, same: former?.same ?? null, note: former?.note ?? "" });
      await page.go("merges", entry.number);
    }
    page.say("Undone.");
  },

  // ------------------------------------------------------------ what is shown

  overview: () => ask("/api/overview", page.who()),

  showProgress(overview) {
    page.revision = overview.revision;
    find("#bar").max = overview.facts;
    find("#bar").value = overview.labelled;
    const disputed = overview.disputed ? `, ${overview.disputed} disputed` : "";
    find("#progress-text").textContent =
      `${overview.labelled.toLocaleString("en")} of ${overview.facts.toLocaleString("en")} labelled, ${overview.mine.toLocaleString("en")} by you${disputed}`;
    find("#conflict-count").textContent = overview.conflicts;
    find("#merge-count").textContent = overview.merges;
    page.last = overview;
    page.showNotice();
  },

  showMatching(number, matching) {
    const place = number ? `${number.toLocaleString("en")} of ` : "";
    find("#filter-summary").textContent = `${place}${matching.toLocaleString("en")} ${matching === 1 ? "fact" : "facts"}`;
  },

  showNotice() {
    const notice = find("#notice");
    const { stale, unapplied } = page.last ?? {};
    const parts = [];
    const fault = page.fault || page.lost;
    if (fault) parts.push(make("p", { class: "fault" }, fault));
    if (stale) {
      parts.push(make("p", {}, "The facts have changed since this page was started. ",
        make("button", { type: "button", onclick: () => page.act(page.reload) }, "Read them again")));
    }
    // Facts that are not the newest do not tell what is left to apply.
    if (unapplied && !stale) {
      const count = unapplied === 1 ? "One decision changes" : `${unapplied} decisions change`;
      parts.push(make("p", {}, `${count} the facts once applied, now or by the next run. `,
        make("button", { type: "button", onclick: () => page.act(page.apply) }, "Apply now")));
    }
    const unnamed = !page.who().reviewer;
    if (unnamed) parts.push(make("p", {}, "Labels are stored without a name until Reviewer is filled in."));
    notice.hidden = !parts.length;
    const drawn = JSON.stringify([fault, stale, unapplied, unnamed]);
    if (notice.dataset.drawn !== drawn) notice.replaceChildren(...parts);
    notice.dataset.drawn = drawn;
  },

  say(message) {
    const status = find("#status");
    status.textContent = message;
    clearTimeout(page.saying);
    page.saying = setTimeout(() => { status.textContent = ""; }, SAID_FOR);
  },

  async reload() {
    await tell("POST", "/api/reload", {});
    await page.begin();
    await page.view.refresh();
  },

  async apply() {
    page.say("Resolving the facts …");
    const effect = await tell("POST", "/api/apply", {});
    await page.begin();
    await page.view.refresh();
    page.say(`${effect.facts_before} facts before, ${effect.facts_after} now: ${effect.gone} gone, ${effect.new} new.` +
      (effect.new ? " kgpipe run checks the new ones." : ""));
  },

  // ------------------------------------------------------------ moving about

  // One after the other. What a key or a button asks for while an answer is under way is dropped:
  // it would be meant for a fact that is not shown yet.
  attempt(action) {
    page.waiting += 1;
    page.chain = page.chain.then(action).then(
      () => { page.fault = ""; },
      (error) => { page.fault = error.message; },
    ).finally(() => {
      page.waiting -= 1;
      page.showNotice();
    });
    return page.chain;
  },

  act(action) {
    return page.waiting ? page.chain : page.attempt(action);
  },

  // Beside the actions: a picture or a text that comes later.
  watch(promise) {
    promise.catch((error) => {
      page.fault = error.message;
      page.showNotice();
    });
  },

  async go(name, target) {
    if (page.view !== views[name]) {
      page.view = views[name];
      find("#view").replaceChildren(page.view.element);
    }
    document.body.dataset.view = name;
    for (const link of document.querySelectorAll("nav a")) {
      if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const hash = target && name !== "facts" ? `#${name}/${target}` : `#${name}`;
    if (location.hash !== hash) history.replaceState(null, "", hash);
    await page.view.open(target);
  },

  route() {
    const [name, target] = location.hash.slice(1).split("/");
    return page.attempt(() => page.go(name in views ? name : "facts", target));
  },

  async begin() {
    const start = await ask("/api/start");
    find("#workspace").textContent = start.workspace;
    document.title = `Review ${start.workspace}`;
    if (!find("#reviewer").value) find("#reviewer").value = start.reviewer || localStorage.getItem("kgpipe.reviewer") || "";
    suggest("#predicates", start.predicates);
    suggest("#documents", start.documents);
    const verdicts = find("[name=verdict]");
    const chosen = verdicts.value;
    verdicts.replaceChildren(make("option", { value: "" }, "any"),
      ...start.verdicts.map((word) => make("option", { value: word }, word)));
    verdicts.value = chosen;
  },

  async pulse() {
    if (!page.waiting && !document.hidden) {
      try {
        const overview = await page.overview();
        page.lost = "";
        const moved = overview.revision !== page.revision;
        if (!page.waiting) page.showProgress(overview);
        if (moved) await page.attempt(() => page.view.refresh());
      } catch (error) {
        page.lost = error.message;
        page.showNotice();
      }
    }
    setTimeout(page.pulse, PULSE);
  },
};

const views = { facts: new FactsView(page), conflicts: new ConflictsView(page), merges: new MergesView(page) };

function suggest(selector, words) {
  find(selector).replaceChildren(...words.slice(0, SUGGESTED).map((word) => make("option", { value: word })));
}

// ------------------------------------------------------------ keys

const VIEWS = { 1: "facts", 2: "conflicts", 3: "merges" };

function actionOf(key) {
  if (key === "?") return () => find("#keys").showModal();
  if (key === "/") {
    return () => { find("#filter-box").open = true; find("[name=words]").focus(); find("[name=words]").select(); };
  }
  if (key in VIEWS) return () => page.go(VIEWS[key]);
  if (key === "z") return () => page.undo();
  return page.view?.key(key) ?? null;
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input, textarea, select");
  if (event.key === "Escape" && field && !field.closest("dialog")) {
    // A search field would be emptied.
    event.preventDefault();
    field.blur();
    return;
  }
  const switched = find("#keys-on").checked || event.key === "?";
  if (field || find("#keys").open || event.altKey || event.ctrlKey || event.metaKey || !switched) return;
  // Arrows scroll what holds the focus if that can be scrolled sideways.
  if (event.key.startsWith("Arrow") && event.target.matches(".sheet-scroll")) return;
  const action = actionOf(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  if (!action) return;
  event.preventDefault();
  if (!event.repeat) page.act(action);
});

// ------------------------------------------------------------ controls

find("#keys-button").addEventListener("click", () => find("#keys").showModal());
find("#keys-on").checked = localStorage.getItem("kgpipe.keys") !== "off";
find("#keys-on").addEventListener("change", (event) => localStorage.setItem("kgpipe.keys", event.target.checked ? "on" : "off"));
find("#reviewer").addEventListener("change", () => {
  localStorage.setItem("kgpipe.reviewer", page.who().reviewer);
  page.attempt(() => page.view.refresh());
});

let waiting;
find("#filters").addEventListener("input", () => {
  clearTimeout(waiting);
  page.remember("filters", JSON.stringify(page.filters()));
  waiting = setTimeout(() => page.attempt(() => views.facts.restart()), PAUSE);
});
find("#filters").addEventListener("submit", (event) => event.preventDefault());
find("#clear").addEventListener("click", () => {
  find("#filters").reset();
  find("#filters").dispatchEvent(new Event("input"));
});
window.addEventListener("hashchange", () => page.route());

await page.attempt(async () => {
  await page.begin();
  for (const [name, value] of Object.entries(JSON.parse(page.remembered("filters") || "{}"))) {
    if (find("#filters")[name]) find("#filters")[name].value = value;
  }
});
find("#filter-box").open = matchMedia("(min-width: 900px)").matches;
await page.route();
page.pulse();
