// Without this the page says the same; with it tables sort, and links unfold what they point to in every browser.
for (const table of document.querySelectorAll("table.sort")) {
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(table, heads, head, column));
  });
}

function sort(table, heads, head, column) {
  const up = head.getAttribute("aria-sort") !== "ascending";
  heads.forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const is_number = head.classList.contains("num");
  const key = (row) => {
    const text = row.cells[column].textContent.trim();
    const number = parseFloat(text.replace("−", "-").replace(/^[>(▽\s]+/, "").replaceAll(",", ""));
    return is_number ? number : text;
  };
  const rows = Array.from(table.tBodies[0].rows, (row) => [key(row), row]);
  const is_missing = (value) => Number.isNaN(value) || value === "–" || value === "unfinished";
  rows.sort(([a], [b]) => {
    if (is_missing(a) || is_missing(b)) return is_missing(a) - is_missing(b);
    const order = is_number ? a - b : a.localeCompare(b, "en", { numeric: true });
    return up ? order : -order;
  });
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = target && target.closest("details");
  if (folded) {
    folded.open = true;
    folded.scrollIntoView();
  }
}
addEventListener("hashchange", unfold);
unfold();
