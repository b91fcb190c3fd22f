// The editor of the playbook: rows are added and moved here; without it the page saves all the same.
"use strict";

const form = document.querySelector(".playbook-form");
const own = (list) => [...list.querySelector(":scope > .row-items").children];
const field = (row, name) => row.querySelector(`:scope > .row-tools [name$="-${name}"]`);

// The last row of a list is a blank one: when it is opened, another takes its place.
function addBlank(list) {
  const count = list.querySelector(':scope > input[type="hidden"]');
  const markup = list.querySelector(":scope > template").innerHTML;
  const items = list.querySelector(":scope > .row-items");
  items.insertAdjacentHTML("beforeend", markup.replaceAll(list.dataset.placeholder, count.value));
  count.value = Number(count.value) + 1;
  prepare(items.lastElementChild);
}

// A blank row without a place stays at the end, and is left out when it is saved.
function number(list) {
  own(list).filter((row) => !row.matches(".new:last-child")).forEach((row, place) => {
    const input = field(row, "order");
    if (input) input.value = place + 1;
  });
}

function move(row, by) {
  const list = row.closest(".row-list");
  const rows = own(list);
  const other = rows[rows.indexOf(row) + by];
  if (!other || other.matches(".new:last-child")) return;
  if (by < 0) other.before(row);
  else other.after(row);
  number(list);
  changed = true;
}

function button(row, label, sign, by) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button plain move";
  made.textContent = sign;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", () => {
    move(row, by);
    made.focus();
  });
  return made;
}

// A rule's value is suggested from the answers to the question that it names.
function suggest(row) {
  const question = row.querySelector(':scope > .field select[name$="-key"]');
  const value = row.querySelector(':scope > .field input[name$="-value"]');
  if (!question || !value) return;
  const offer = () => value.setAttribute("list", `answers-${question.value}`);
  question.addEventListener("change", offer);
  offer();
}

function prepare(row) {
  const place = row.querySelector(":scope > .row-tools > .place");
  if (place) {
    place.hidden = true;
    place.after(button(row, form.dataset.up, "↑", -1), button(row, form.dataset.down, "↓", 1));
  }
  suggest(row);
  if (row.matches(".new")) {
    row.addEventListener("toggle", () => row.matches(":last-child") && row.open && addBlank(row.closest(".row-list")));
  }
  row.querySelectorAll(".row-list").forEach((list) => {
    if (list.parentElement.closest(".row") === row) own(list).forEach(prepare);
  });
}

let changed = false;
if (form) {
  form.querySelectorAll(":scope > .row-list").forEach((list) => own(list).forEach(prepare));
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  // A link to a field inside a closed row opens the row.
  const wanted = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let row = wanted && wanted.closest("details"); row; row = row.parentElement.closest("details")) row.open = true;
  if (wanted) wanted.scrollIntoView({ block: "center" });
}
