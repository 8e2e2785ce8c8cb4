// The grid of figures moves and pastes like a spreadsheet. Without this file it is a plain form:
// numbers are read by the server alone, so that there is one rule for what they mean.

const form = document.querySelector("[data-grid]");
const body = form?.querySelector("tbody");
const PAUSE = 1000; // milliseconds of rest before drafts are saved
const LONGEST = 200;

// Every cell of the table as its input, null where nothing can be entered.
const cells = body
  ? [...body.rows].map((row) => [...row.cells].slice(1).map((cell) => cell.querySelector("input")))
  : [];
const place = (input) => {
  const cell = input.closest("td");
  return [cell.parentElement.sectionRowIndex, cell.cellIndex - 1];
};

function say(text) {
  form.querySelector("[data-grid-says]").textContent = text;
}
const words = (name, counts) =>
  form.dataset[name].replace(/\{(\w+)\}/g, (_all, key) => String(counts[key]));

// ---- Moving ----------------------------------------------------------------------------------

function go(input) {
  if (!input) return false;
  input.focus();
  input.select();
  input.scrollIntoView({ block: "nearest", inline: "nearest" });
  return true;
}
const shown = (input) => input && input.offsetParent !== null;
const first = (list) => list.find(shown);

function step([row, column], down, right) {
  let [r, c] = [row + down, column + right];
  while (cells[r] && c >= 0 && c < cells[r].length) {
    if (shown(cells[r][c])) return cells[r][c];
    r += down;
    c += right;
  }
  return null;
}

// Whether the arrow leaves the cell: its whole text is selected, or the caret stands at that edge.
function atEdge(input, right) {
  const { selectionStart: from, selectionEnd: to, value } = input;
  if (from === 0 && to === value.length) return true;
  return from === to && from === (right ? value.length : 0);
}

function target(event, input) {
  const at = place(input);
  const [row] = at;
  switch (event.key) {
    case "ArrowUp":
      return step(at, -1, 0);
    case "ArrowDown":
      return step(at, 1, 0);
    case "Enter":
      return step(at, event.shiftKey ? -1 : 1, 0);
    case "ArrowLeft":
      return atEdge(input, false) && step(at, 0, -1);
    case "ArrowRight":
      return atEdge(input, true) && step(at, 0, 1);
    case "Home":
      if (event.ctrlKey || event.metaKey) return first(cells.flat());
      return atEdge(input, false) && first(cells[row]);
    case "End":
      if (event.ctrlKey || event.metaKey) return first(cells.flat().reverse());
      return atEdge(input, true) && first([...cells[row]].reverse());
    default:
      return undefined;
  }
}

function onKey(event) {
  const input = event.target;
  if (!isCell(input) || event.altKey || event.isComposing) return;
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "z" && !event.shiftKey) {
    if (undo()) event.preventDefault();
    return;
  }
  if (event.key === "F2") {
    input.setSelectionRange(input.value.length, input.value.length);
    event.preventDefault();
    return;
  }
  if (event.key === "Escape") {
    put(input, input.value === before.get(input) ? input.defaultValue : before.get(input));
    input.select();
    event.preventDefault();
    return;
  }
  if (event.shiftKey && event.key !== "Enter") return; // selects text
  if (control && event.key !== "Home" && event.key !== "End") return;
  const next = target(event, input);
  if (next === undefined) return;
  if (event.key === "Enter") event.preventDefault(); // the form is submitted by its buttons
  if (go(next)) event.preventDefault();
}

// ---- Pasting ---------------------------------------------------------------------------------

// Rows and cells of a spreadsheet's text: tabs between cells, quotes around those with line breaks.
export function table(text) {
  const rows = [[]];
  let at = 0;
  while (at < text.length) {
    let cell = "";
    if (text[at] === '"') {
      const quoted = /"((?:[^"]|"")*)"(?=[\t\r\n]|$)/y;
      quoted.lastIndex = at;
      const match = quoted.exec(text);
      if (match) {
        cell = match[1].replaceAll('""', '"');
        at += match[0].length;
      }
    }
    while (at < text.length && !"\t\r\n".includes(text[at])) cell += text[at++];
    rows.at(-1).push(cell.replace(/[\t\r\n]+/g, " ").trim());
    if (text[at] === "\t") {
      at += 1;
      if (at === text.length) rows.at(-1).push("");
    } else if (at < text.length) {
      at += text.startsWith("\r\n", at) ? 2 : 1;
      if (at < text.length) rows.push([]);
    }
  }
  return rows;
}

const pastes = [];

function onPaste(event) {
  if (!isCell(event.target)) return;
  const block = table(event.clipboardData?.getData("text/plain") ?? "");
  if (block.length < 2 && (block[0]?.length ?? 0) < 2) return; // one cell: as the browser does it
  event.preventDefault();
  const [row, column] = place(event.target);
  const done = [];
  let [outside, barred] = [0, 0];
  block.forEach((line, r) =>
    line.forEach((text, c) => {
      if (text === "") return; // nothing is not zero
      const input = cells[row + r]?.[column + c];
      if (input === undefined) outside += 1;
      else if (input === null) barred += 1;
      else {
        done.push({ input, was: input.value, now: text.slice(0, LONGEST) });
        put(input, text.slice(0, LONGEST));
      }
    }),
  );
  if (done.length) pastes.push(done);
  say(words("saysFilled", { filled: done.length, outside, barred }));
}

// Takes the last paste back, unless one of its cells was changed since.
function undo() {
  const last = pastes.at(-1);
  if (!last || last.some(({ input, now }) => input.value !== now)) return false;
  pastes.pop();
  for (const { input, was } of last) put(input, was);
  say(words("saysUndone", { filled: last.length }));
  return true;
}

// ---- Drafts ----------------------------------------------------------------------------------

const before = new WeakMap(); // what stood in a cell when it took the focus
const unsaved = new Set();
let timer = 0;

function isCell(element) {
  return element instanceof HTMLInputElement && element.closest("td") !== null;
}

function put(input, text) {
  if (input.value === text) return;
  input.value = text;
  changed(input);
}

function changed(input) {
  const cell = input.closest("td");
  const restored = input.value === input.defaultValue;
  if (!cell.dataset.was) {
    const note = cell.querySelector("small");
    cell.dataset.was = JSON.stringify([cell.className, note?.textContent ?? ""]);
  }
  const [style, note] = JSON.parse(cell.dataset.was);
  cell.className = restored ? style : "g-draft";
  let small = cell.querySelector("small");
  if (!small) cell.append((small = document.createElement("small")));
  small.textContent = restored ? note : form.dataset.saysDraft;
  input.toggleAttribute("aria-invalid", false);
  if (restored && style === "g-bad") input.setAttribute("aria-invalid", "true");
  if (!restored && input.defaultValue && !style) {
    form.querySelector(".grid-reason").classList.add("needed");
  }
  unsaved.add(input);
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

async function save() {
  clearTimeout(timer);
  if (!unsaved.size) return;
  const sent = [...unsaved];
  unsaved.clear();
  const data = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
  for (const input of sent) data.set(input.name, input.value);
  try {
    const answer = await fetch(form.dataset.drafts, { method: "POST", body: data, keepalive: sent.length < 500 });
    if (!answer.ok) throw new Error(String(answer.status));
    if (!unsaved.size) say(form.dataset.saysSaved);
  } catch {
    for (const input of sent) unsaved.add(input);
    say(form.dataset.saysUnsaved);
  }
}

if (form) {
  const frame = form.querySelector(".grid-scroll");
  frame.scrollLeft = frame.scrollWidth; // opens on the latest periods
  form.addEventListener("keydown", onKey);
  form.addEventListener("paste", onPaste);
  form.addEventListener("input", (event) => isCell(event.target) && changed(event.target));
  form.addEventListener("focusin", (event) => {
    if (isCell(event.target)) before.set(event.target, event.target.value);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer); // the form itself keeps them
    unsaved.clear();
  });
  addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", () => document.hidden && save());
}
