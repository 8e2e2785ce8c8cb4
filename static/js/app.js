// What a page does beyond links and forms. Each part works alone; without it the page still works.

// Messages that come from here rather than from the server: words stand in the page, translated.
const messages = () => document.getElementById("messages").dataset;

function toast(text) {
  const box = document.getElementById("toasts");
  if ([...box.querySelectorAll("p")].some((shown) => shown.textContent === text)) return;
  const note = document.getElementById("toast").content.cloneNode(true);
  note.querySelector("p").textContent = text;
  box.append(note);
}

document.addEventListener("click", (event) => {
  event.target.closest?.("[data-dismiss]")?.closest(".notice").remove();
});

// A dead server, a timeout, or an answer of 500 and above. A panel says so in its own box.
function failed(event, text) {
  const panel = event.target.closest?.(".panel");
  const wait = panel?.querySelector(".panel-wait");
  if (wait) {
    wait.replaceChildren(messages().panel);
    return;
  }
  toast(text);
}

document.addEventListener("htmx:error", (event) => failed(event, messages().offline));
document.addEventListener("htmx:response:error", (event) => {
  const { response, sourceElement, hx } = event.detail.ctx;
  const inOwnBox = sourceElement.matches(".panel") || hx?.retarget;
  if (response.status >= 500 && !inOwnBox) failed(event, messages().failed);
});

// After a refused form: the summary of what is wrong takes the focus.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.response?.status !== 422) return;
  document.querySelector("[data-error-summary]")?.focus();
});
document.querySelector("[data-error-summary]")?.focus();

// After an answer that took the focused element away: the place that it marks takes the focus.
document.addEventListener("htmx:after:swap", () => {
  const place = document.querySelector("[data-takes-focus]");
  if (!place) return;
  place.removeAttribute("data-takes-focus");
  if (document.activeElement === document.body) place.focus();
});

// A link of the summary goes to its field, also where the field is a group of choices.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-error-summary] a[href^='#']");
  if (!link) return;
  const field = document.getElementById(link.hash.slice(1));
  const input = field?.matches("fieldset") ? field.querySelector("input") : field;
  if (!input) return;
  event.preventDefault();
  input.focus();
});

// "/" goes to the search field. A single key must be switchable (WCAG 2.1.4): see the footer.
const shortcuts = () => localStorage.getItem("shortcuts") !== "off";
const shortcutSwitch = () => document.querySelector("[data-shortcuts]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !shortcuts()) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable], dialog")) return;
  const search = document.querySelector("main [data-search]") ?? document.querySelector("[data-search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-shortcuts]");
  if (!button) return;
  localStorage.setItem("shortcuts", shortcuts() ? "off" : "on");
  button.setAttribute("aria-pressed", String(shortcuts()));
});
shortcutSwitch()?.setAttribute("aria-pressed", String(shortcuts()));

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) window.print();
});

// Asking before what cannot be undone: data-confirm on a form or its button, hx-confirm elsewhere.
function ask(text, onYes) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("p").textContent = text;
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && onYes(), { once: true });
  dialog.showModal();
}

const confirmed = new WeakSet();
document.addEventListener(
  "submit",
  (event) => {
    const { target: form, submitter } = event;
    const text = submitter?.dataset.confirm ?? form.dataset.confirm;
    if (!text || confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(text, () => {
      confirmed.add(form);
      form.requestSubmit(submitter);
    });
  },
  { capture: true },
);
document.addEventListener("htmx:confirm", (event) => {
  event.preventDefault();
  const { ctx, issueRequest } = event.detail;
  ask(ctx.confirm, issueRequest);
});

// A select that applies itself; the button beside it serves those without JavaScript.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
});

// Every check box of a form at once, and back.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-check-all]");
  if (!button) return;
  const boxes = [...document.querySelectorAll(`${button.dataset.checkAll} input[type=checkbox]`)];
  const on = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = on;
});

// One box that chooses all boxes of a name in the same form.
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.chooseAll;
  if (!name) return;
  for (const box of event.target.form.elements) {
    if (box.name === name && box.type === "checkbox") box.checked = event.target.checked;
  }
});

// A menu closes when something else is pressed or reached, and on Escape, which gives the focus back.
const openMenus = () => document.querySelectorAll("details.menu[open]");
for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
});

// What is shown once is copied or printed; the button says that it is done.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy], [data-print]");
  if (!button) return;
  if (button.dataset.print !== undefined) return window.print();
  try {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).innerText.trim());
    button.querySelector("[data-label]").textContent = button.dataset.done;
  } catch {
    // No clipboard without TLS: the text can be selected by hand.
    getSelection().selectAllChildren(document.querySelector(button.dataset.copy));
  }
});
