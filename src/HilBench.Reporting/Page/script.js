"use strict";
document.documentElement.classList.add("js");

// Copy buttons: the text is that of the code element beside them, or their own data-copy.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  const text = button.dataset.copy ?? button.parentElement.querySelector("code").textContent;
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
  }
  const before = button.textContent;
  button.textContent = done ? "copied" : "failed";
  setTimeout(() => { button.textContent = before; }, 1200);
});

// The result table: words, verdicts, order.
const table = document.querySelector("table.results");
if (table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const words = document.querySelector("#filter");
  const count = document.querySelector("#count");
  const verdicts = [...document.querySelectorAll("[data-verdict-filter]")];

  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = verdicts.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.verdictFilter);
    let shown = 0;
    for (const row of rows) {
      const isShown = (chosen.length === 0 || chosen.includes(row.dataset.verdict))
        && wanted.every((word) => row.dataset.text.includes(word));
      row.hidden = !isShown;
      shown += isShown ? 1 : 0;
    }
    count.value = shown === rows.length ? `${shown} scenarios` : `${shown} of ${rows.length}`;
  };

  words.addEventListener("input", apply);
  for (const button of verdicts) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }

  for (const tile of document.querySelectorAll("button.tile")) {
    tile.addEventListener("click", () => {
      words.value = tile.dataset.rule;
      apply();
      document.querySelector("#scenarios").scrollIntoView();
      words.focus({ preventScroll: true });
    });
  }

  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const head = button.closest("th");
    const column = head.cellIndex;
    const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
    const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
    const isNumber = head.classList.contains("n");
    rows.sort((a, b) => sign * (isNumber ? Number(key(a)) - Number(key(b)) : key(a).localeCompare(key(b))));
    body.append(...rows);
  });

  apply();
}

// A link to a violation opens it; printing opens all.
const open = () => document.querySelector(`${location.hash || "#none"} details.violation`)?.setAttribute("open", "");
addEventListener("hashchange", open);
open();
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.violation")) details.open = true;
});
