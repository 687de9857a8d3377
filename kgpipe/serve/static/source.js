// Shows a quote where it stands: marked on its page's picture, or in its text.

import { ask } from "./api.js";
import { draw, make } from "./dom.js";

// Points left free around a quote that is zoomed to, and the most that a small screen zooms.
const MARGIN = 14, MOST_ZOOM = 3;
// A pane of fewer pixels zooms to the quote, and to at least so many pixels a point: text of ten
// points is then just readable, though a long line must be scrolled.
const NARROW = 480, LEAST_SCALE = 0.9;
const STEP = 1.25;

const kept = new Map();

export class SourcePane {
  constructor(name) {
    this.caption = make("p", { class: "caption" });
    this.notice = make("p", { class: "missing", hidden: true });
    this.body = make("div", { class: "sheet-scroll", tabindex: "0", role: "region", "aria-label": name });
    this.element = make("section", { class: "source" }, this.caption, this.notice, this.body);
    this.zoom = 1;
    this.asked = 0;
  }

  // `quote` is a described quote: document, start, end, source, page, quote.
  async show(quote) {
    const turn = ++this.asked;
    if (!quote) return this.say("This triple was imported without a quote.", "");
    if (!quote.document) {
      this.fill(quote.source, [this.text({ before: "", quote: quote.quote, after: "", from_start: true, to_end: true })]);
      return;
    }
    const view = await loadView(quote);
    if (turn !== this.asked) return;
    if (view.kind === "page") this.showPages(view, quote);
    else this.showText(view);
  }

  say(message, caption) {
    this.fill(caption, [make("p", { class: "muted" }, message)]);
  }

  showText(view) {
    this.fill(view.source, [this.text(view)], view.notice);
    this.settle(this.body.querySelector("mark"));
  }

  text(view) {
    return make("p", { class: "passage" }, view.from_start ? "" : "… ", view.before,
      make("mark", {}, view.quote), view.after, view.to_end ? "" : " …");
  }

  showPages(view, quote) {
    const numbers = view.pages.map((page) => page.number).join(", ");
    const sheets = view.pages.map((page) => {
      const picture = draw("image", {
        href: `/pages/${view.document}/${page.number}.png`, width: page.width, height: page.height,
      });
      picture.addEventListener("error", () => this.replace(quote), { once: true });
      const marks = page.boxes.map(([x0, y0, x1, y1]) => draw("rect", {
        class: "mark", x: x0 - 1.5, y: y0 - 1, width: x1 - x0 + 3, height: y1 - y0 + 2, rx: 1.5,
      }));
      return draw("svg", {
        class: "sheet", viewBox: `0 0 ${page.width} ${page.height}`, role: "img",
        "aria-label": `Page ${page.number} of ${view.source}. Marked: ${quote.quote}`,
      }, picture, ...marks);
    });
    this.page = view.pages[0];
    this.fill(`${view.source}, page ${numbers}`, sheets);
    this.zoom = this.fittingZoom();
    this.scale();
  }

  // A picture that cannot be drawn gives way to the text.
  async replace(quote) {
    const turn = this.asked;
    const view = await loadView(quote, true);
    if (turn === this.asked) this.showText(view);
  }

  fill(caption, children, notice = "") {
    this.notice.textContent = notice;
    this.notice.hidden = !notice;
    this.page = children.some((child) => child?.tagName === "svg") ? this.page : null;
    this.caption.textContent = caption;
    this.body.replaceChildren(...children);
    this.body.scrollTop = 0;
  }

  fittingZoom() {
    const room = this.body.clientWidth;
    if (room >= NARROW) return 1;
    const [left, right] = this.extent();
    const whole = this.page.width / (right - left + 2 * MARGIN);
    return Math.min(MOST_ZOOM, Math.max(1, whole, (LEAST_SCALE * this.page.width) / room));
  }

  extent() {
    const boxes = this.page.boxes;
    return [Math.min(...boxes.map((box) => box[0])), Math.max(...boxes.map((box) => box[2]))];
  }

  change(direction) {
    if (!this.page) return;
    this.zoom = Math.max(0.5, Math.min(4, this.zoom * STEP ** direction));
    this.scale();
  }

  // Widen the sheets, and bring the quote into view.
  scale() {
    for (const sheet of this.body.querySelectorAll(".sheet")) sheet.style.width = `${100 * this.zoom}%`;
    const pixels = (this.body.clientWidth * this.zoom) / this.page.width;
    this.body.scrollLeft = (this.extent()[0] - MARGIN) * pixels;
    this.settle(this.body.querySelector(".mark"));
  }

  settle(mark) {
    if (!mark) return;
    const offset = mark.getBoundingClientRect().top - this.body.getBoundingClientRect().top;
    this.body.scrollTop += offset - this.body.clientHeight / 3;
  }
}

export async function loadView(quote, plain = false) {
  const place = { document: quote.document, start: quote.start, end: quote.end, plain: plain ? "1" : "" };
  const key = JSON.stringify(place);
  if (!kept.has(key)) kept.set(key, await ask("/api/view", place));
  return kept.get(key);
}

// Draws the next fact's page while this one is read.
export async function preload(quote) {
  if (!quote?.document) return;
  const view = await loadView(quote);
  for (const page of view.pages ?? []) new Image().src = `/pages/${view.document}/${page.number}.png`;
}
