// What a sheet does beyond its form: questions that depend on others, drafts, and drag and drop in
// the builder. Without it every question is shown, and buttons do the rest.

const sheet = document.querySelector("[data-sheet]");

// --- questions that are asked only after certain answers -------------------------------------
function given(key) {
  const data = new FormData(sheet);
  return data.get(`q-${key}`) ?? "";
}

function fits(question) {
  const { after, operator, value } = question.dataset;
  const answer = given(after);
  const other = sheet.querySelector(`[data-question="${after}"]`);
  if (answer === "" || other?.hidden) return false;
  if (operator === "is") return answer === value;
  return operator === "at_least" ? Number(answer) >= Number(value) : Number(answer) <= Number(value);
}

function showWhatFits() {
  for (const question of sheet.querySelectorAll("[data-after]")) question.hidden = !fits(question);
}

if (sheet) {
  sheet.addEventListener("change", showWhatFits);
  sheet.addEventListener("click", (event) => {
    const clear = event.target.closest("[data-clear]");
    if (!clear) return;
    for (const box of clear.closest(".question").querySelectorAll("input")) box.checked = false;
    sheet.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// --- by name: saved on the way ----------------------------------------------------------------
if (sheet?.matches("[data-autosave]")) {
  let waiting;
  const save = async () => {
    const body = new FormData(sheet);
    body.set("save", "1");
    const status = sheet.querySelector("[data-saved]");
    try {
      const answer = await fetch(sheet.action, { method: "POST", body, headers: { "X-Autosave": "1" } });
      status.textContent = answer.ok ? status.dataset.words : "";
    } catch {
      status.textContent = "";
    }
  };
  sheet.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, 900);
  });
  sheet.addEventListener("submit", () => clearTimeout(waiting));
}

// --- anonymous: draft and ballot stay in this tab ----------------------------------------------
const place = (id) => `survey-${id}`;
const remembered = (id) => JSON.parse(sessionStorage.getItem(place(id)) ?? "null");

if (sheet?.matches("[data-ballot]")) {
  const id = sheet.dataset.ballot;
  const ballot = sheet.elements.ballot.value;
  const before = remembered(id);
  if (before?.ballot === ballot && !document.querySelector("[data-error-summary]")) {
    for (const [name, value] of before.answers) {
      for (const input of sheet.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (input.type === "radio" || input.type === "checkbox") input.checked ||= input.value === value;
        else input.value = value;
      }
    }
  }
  const keep = () => {
    const answers = [...new FormData(sheet)].filter(([name]) => name.startsWith("q-"));
    sessionStorage.setItem(place(id), JSON.stringify({ ballot, answers }));
  };
  keep();
  sheet.addEventListener("input", keep);
  sheet.addEventListener("change", keep);
}
if (sheet) showWhatFits();

const start = document.querySelector("[data-start]");
if (start) {
  // The code came behind the #: it is not sent to a server before Start is pressed.
  const code = decodeURIComponent(location.hash.slice(1));
  if (/^[A-Za-z0-9-]{8,60}$/.test(code)) {
    start.elements.code.value = code;
    history.replaceState(null, "", location.pathname + location.search);
  }
  const resume = document.querySelector("[data-resume]");
  const before = remembered(resume.dataset.resume);
  if (before) {
    resume.elements.ballot.value = before.ballot;
    resume.hidden = false;
  }
}

const done = document.querySelector("[data-forget]");
if (done) sessionStorage.removeItem(place(done.dataset.forget));

// --- builder: questions are dragged, or moved by the buttons beside them ------------------------
let dragged;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-move]") ?? undefined;
  dragged?.classList.add("is-dragged");
});
document.addEventListener("dragend", () => {
  dragged?.classList.remove("is-dragged");
  dragged = undefined;
});
document.addEventListener("dragover", (event) => {
  if (dragged && event.target.closest?.("[data-move]")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const target = event.target.closest?.("[data-move]");
  if (!dragged || !target || target === dragged) return;
  event.preventDefault();
  const form = dragged.querySelector("form[data-move-form]");
  const to = document.createElement("input");
  to.type = "hidden";
  to.name = "to";
  to.value = target.dataset.move;
  form.append(to);
  form.submit();
});

// A moved question keeps the focus, so that it goes on by the same key.
document.addEventListener("submit", (event) => {
  if (event.target.matches?.("[data-move-form]") && event.submitter) {
    sessionStorage.setItem("survey-moved", event.submitter.value);
  }
});
const row = /^#row-[a-z0-9_]+$/.test(location.hash) && document.querySelector(location.hash);
const way = sessionStorage.getItem("survey-moved");
sessionStorage.removeItem("survey-moved");
if (row && way) {
  const buttons = [...row.querySelectorAll("[data-move-form] button:not([disabled])")];
  const next = buttons.find((button) => button.value === way) ?? buttons[0];
  // After the browser has gone to the row, which takes the focus away.
  addEventListener("load", () => setTimeout(() => next?.focus()));
}

// --- a question's form: only what its kind has ---------------------------------------------------
const question = document.querySelector("[data-question-form]");
function showWhatTheKindHas() {
  for (const part of question.querySelectorAll("[data-kinds]")) {
    const kinds = part.dataset.kinds.replace(/^-/, "").split(" ");
    const named = kinds.includes(question.elements.type.value);
    part.hidden = part.dataset.kinds.startsWith("-") ? named : !named;
  }
}
if (question) {
  question.elements.type.addEventListener("change", showWhatTheKindHas);
  showWhatTheKindHas();
}

// --- themes: what is known is offered after each comma, not for the first theme alone -----------
const themes = document.querySelector("datalist[data-after-commas]");

if (themes) {
  const known = [...themes.options].map((option) => option.value);
  const offer = (event) => {
    const box = event.target;
    if (box.list !== themes) return;
    const parts = box.value.split(",").map((part) => part.trim());
    const given = parts.slice(0, -1).filter(Boolean);
    const named = new Set(given.map((theme) => theme.toLowerCase()));
    const left = known.filter((theme) => !named.has(theme.toLowerCase()));
    themes.replaceChildren(...left.map((theme) => new Option("", [...given, theme].join(", "))));
  };
  document.addEventListener("focusin", offer);
  document.addEventListener("input", offer);
}
