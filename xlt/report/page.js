"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");

  // Tables: a click on a head sorts, once more turns it round, once more gives the order of the page back.
  const number = (text) => {
    const match = /^[+\u2212-]?[\d,]*\.?\d+(e[+-]?\d+)?/i.exec(text);
    return match ? Number(match[0].replace(/,/g, "").replace("\u2212", "-")) : NaN;
  };
  const compare = (a, b) => {
    const [x, y] = [number(a), number(b)];
    if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
    return a.localeCompare(b, undefined, { numeric: true });
  };
  const nothing = (text) => text === "" || text === "-" || /^- \(/.test(text);
  for (const box of document.querySelectorAll(".table")) {
    const table = box.querySelector("table");
    const bodies = [...box.querySelectorAll("tbody")].map((body) => [body, [...body.rows]]);
    const heads = [...table.querySelectorAll("th[data-column]")];
    const sort = (head) => {
      const way = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")];
      for (const other of heads) other.setAttribute("aria-sort", other === head ? way : "none");
      const rows = bodies[0][1];
      const order = rows.map((_, i) => i);
      if (way !== "none") {
        const texts = rows.map((row) => row.cells[head.dataset.column].textContent.trim());
        const sign = way === "ascending" ? 1 : -1;
        // What is empty comes last either way.
        order.sort((i, j) => nothing(texts[i]) - nothing(texts[j]) || sign * compare(texts[i], texts[j]) || i - j);
      }
      for (const [body, all] of bodies) body.append(...order.map((i) => all[i]));
    };
    for (const head of heads) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => sort(head));
    }
  }

  // Which boxes are narrower than what is in them; as many columns that tell rows apart stay as have room.
  const measure = () => {
    for (const box of document.querySelectorAll(".scroll")) {
      box.parentElement.classList.toggle("over", box.scrollWidth > box.clientWidth + 1);
      const table = box.querySelector("table");
      if (!table) continue;
      const keys = table.querySelectorAll("thead th.key");
      let left = 0, room = true;
      keys.forEach((key, i) => {
        const width = key.offsetWidth;
        room = room && left + width <= 0.45 * box.clientWidth;
        if (i > 0) {
          for (const cell of [key, ...[...table.tBodies[0].rows].map((row) => row.cells[i])]) {
            cell.classList.toggle("held", room);
            cell.style.left = room ? `${left}px` : "";
          }
        }
        left += width;
      });
    }
  };
  measure();
  addEventListener("resize", measure);

  // Figures: a point tells what it is, under the pointer, and at the arrow keys where the figure has the focus.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.append(tip);
  let at = null;
  const leave = () => {
    if (at) at.classList.remove("at");
    at = null;
    tip.hidden = true;
  };
  const tell = (point) => {
    leave();
    at = point;
    at.classList.add("at");
    tip.textContent = point.getAttribute("aria-label");
    tip.hidden = false;
    const place = point.getBoundingClientRect(), size = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(place.right + 8, innerWidth - size.width - 4))}px`;
    tip.style.top = `${Math.max(4, place.top - size.height - 4)}px`;
  };
  for (const title of document.querySelectorAll(".told > title")) {
    const point = title.parentElement;
    point.setAttribute("aria-label", title.textContent);
    point.setAttribute("role", "img");
    title.remove();
  }
  for (const svg of document.querySelectorAll("svg")) {
    const points = [...svg.querySelectorAll(".told")];
    if (!points.length) continue;
    svg.addEventListener("pointerover", (event) => {
      const point = event.target.closest(".told");
      if (point) tell(point); else leave();
    });
    svg.addEventListener("pointerleave", leave);
    svg.addEventListener("blur", leave);
    let here = -1;
    svg.addEventListener("focus", () => { if (here >= 0) tell(points[here]); });
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") leave();
      if (!step) return;
      event.preventDefault();
      here = (here + step + points.length) % points.length;
      tell(points[here]);
    });
  }

  for (const button of document.querySelectorAll(".copy")) {
    const script = document.getElementById(button.dataset.of);
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(script.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(script);
      }
    });
  }
})();
