"use strict";
(() => {
  const root = document.documentElement;
  const all = (query, within = document) => [...within.querySelectorAll(query)];
  root.classList.add("live");

  // Light and dark: the system's choice, until the reader makes one.
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const say = () => { button.textContent = dark() ? "Light page" : "Dark page"; };
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; say(); });
  system.addEventListener("change", say);
  say();

  // Long tables are closed on a screen and open on paper.
  const long = all("details.paper");
  for (const one of long) one.open = false;
  addEventListener("beforeprint", () => { for (const one of long) one.open = true; });

  // One of several panels at a time; paper shows them all.
  for (const box of all(".switched")) {
    const show = () => {
      const chosen = box.querySelector(".switch input:checked").value;
      for (const panel of all(".panel", box)) panel.hidden = panel.dataset.panel !== chosen;
    };
    box.addEventListener("change", show);
    show();
  }

  // What a mark says when somebody points at it.
  const tip = document.getElementById("tip");
  const place = (event) => {
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 8))}px`;
    const below = event.clientY + 16;
    tip.style.top = `${below + box.height > innerHeight ? event.clientY - box.height - 10 : below}px`;
  };
  document.addEventListener("pointerover", (event) => {
    const mark = event.target.closest?.("[data-tip]");
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.dataset.tip;
    place(event);
  });
  document.addEventListener("pointermove", (event) => { if (!tip.hidden) place(event); });
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  // A route of a map, up and down from the arc that somebody points at.
  for (const map of all(".map svg")) {
    const flows = all(".flow", map);
    const reach = (start, from, to) => {
      const seen = new Set([start]);
      const waiting = [start];
      while (waiting.length) {
        const here = waiting.pop();
        for (const flow of flows) {
          if (flow.dataset[from] === here.dataset[to] && !seen.has(flow)) { seen.add(flow); waiting.push(flow); }
        }
      }
      return seen;
    };
    map.addEventListener("pointerover", (event) => {
      const flow = event.target.closest(".flow");
      map.classList.toggle("tracing", !!flow);
      if (!flow) return;
      const traced = new Set([...reach(flow, "from", "to"), ...reach(flow, "to", "from")]);
      for (const one of flows) one.classList.toggle("traced", traced.has(one));
    });
    map.addEventListener("pointerleave", () => map.classList.remove("tracing"));
  }

  // Tables that can be searched and sorted.
  for (const box of all(".searchable")) {
    const rows = all("tbody tr", box);
    const search = box.querySelector("input[type=search]");
    const flagged = box.querySelector("input[type=checkbox]");
    const count = box.querySelector("[role=status]");
    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !(words.every((word) => text.includes(word)) && (!flagged.checked || row.dataset.flagged === "1"));
        shown += !row.hidden;
      }
      count.textContent = `${shown} of ${rows.length} shown`;
    };
    box.addEventListener("input", filter);
    filter();
    for (const head of all("thead th", box)) {
      head.querySelector("button")?.addEventListener("click", () => {
        const rising = head.getAttribute("aria-sort") !== "ascending";
        for (const other of all("thead th", box)) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", rising ? "ascending" : "descending");
        const key = (row) => row.children[head.cellIndex].dataset.sort;
        const order = (one, other) => {
          const [a, b] = [key(one), key(other)];
          const difference = Number(a) - Number(b);
          return Number.isNaN(difference) ? (a < b ? -1 : a > b ? 1 : 0) : difference;
        };
        rows.sort((one, other) => (rising ? order(one, other) : order(other, one)));
        box.querySelector("tbody").append(...rows);
      });
    }
  }
})();
