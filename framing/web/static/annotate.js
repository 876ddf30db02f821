// Keys for the pages of coders and of the adjudicator. Without this script the page works by mouse, touch and Tab.
"use strict";

const form = document.getElementById("answer");
const none = document.getElementById("none");
const help = document.getElementById("help");
const keys = document.getElementById("keys");
const frames = [...form.querySelectorAll("input[name=frame]")];
const comment = form.elements.comment;

function clearFrames() {
  for (const frame of frames) frame.checked = false;
}

function cycle(group) {
  const options = [...group.querySelectorAll("input")];
  options[(options.findIndex((option) => option.checked) + 1) % options.length].checked = true;
}

function showHelp() {
  help.open = !help.open;
  (help.open ? help : document.getElementById("sentence")).focus(); // not its summary, where Enter would close it
}

const actions = {
  0: () => none.click(),
  b: () => form.elements.boilerplate.click(),
  u: () => form.elements.unsure?.click(),
  c: () => comment.focus(),
  n: () => document.getElementById("open")?.click(),
  z: () => document.querySelector("#undo button").click(),
  "?": showHelp,
  Enter: () => form.requestSubmit(),
  ArrowLeft: () => document.querySelector("a[rel=prev]")?.click(),
  Backspace: () => document.querySelector("a[rel=prev]")?.click(),
  ArrowRight: () => document.querySelector("a[rel=next]")?.click(),
};
frames.slice(0, 9).forEach((frame, i) => (actions[i + 1] = () => frame.click()));
for (const group of form.querySelectorAll("[data-cycle]")) {
  if (group.dataset.cycle) actions[group.dataset.cycle] = () => cycle(group);
}
for (const button of form.querySelectorAll("button[data-key]")) {
  if (button.dataset.key) actions[button.dataset.key] = () => button.click();
}

// Keys that do something of their own where the focus is are left to it.
function isTaken(event) {
  const at = event.target;
  if (event.key === "Enter") return at.matches("a, button, summary");
  return event.key.startsWith("Arrow") && at.matches("input[type=radio]");
}

document.addEventListener("keydown", (event) => {
  if (event.target === comment) {
    if (event.key === "Escape") comment.blur();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTaken(event)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!(keys.checked || key === "Enter") || !Object.hasOwn(actions, key)) return;
  event.preventDefault();
  actions[key]();
});

none.addEventListener("click", clearFrames);

// Screen readers announce what changes after loading; then the address forgets it, so that a reload does not repeat it.
const status = document.querySelector("[role=status]");
const said = status.textContent;
if (said) {
  status.textContent = "";
  setTimeout(() => (status.textContent = said), 50);
  history.replaceState(null, "", location.pathname);
}

keys.checked = localStorage.getItem("keys") !== "off";
function showKeys() {
  localStorage.setItem("keys", keys.checked ? "on" : "off");
  document.documentElement.classList.toggle("keys", keys.checked);
}
keys.addEventListener("change", showKeys);
showKeys();
help.hidden = false;
document.getElementById("sentence").focus({ preventScroll: true });
