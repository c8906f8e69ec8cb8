// The scene of the page. Controls say what they change of it and not what stays, so each gets the rest from here: a press
// tells the server in which scene it was made, a link that is opened elsewhere or copied gets its full address, and what
// is selected is marked. It computes nothing: the server knows what a change leads to.
(() => {
  "use strict";
  const scene = () => document.getElementById("scene");
  const changes = (link) => /\/change(\?[^#]*)?/.exec(link.getAttribute("hx-get") ?? "");

  document.addEventListener("htmx:config:request", (event) => {
    const { request } = event.detail.ctx;
    if (scene() && /\/change(\?|$)/.test(request.action)) request.body.set("from", scene().value);
  });

  // Before a link can be copied, dragged or opened elsewhere, the pointer or the focus has come to it.
  const complete = (event) => {
    const link = event.target.closest?.("a[hx-get]");
    const change = link && scene() && changes(link);
    if (!change) return;
    const query = new URLSearchParams(change[1]);
    query.set("from", scene().value);
    link.search = query;
  };
  document.addEventListener("pointerover", complete);
  document.addEventListener("focusin", complete);

  // A form that is sent without htmx names the scene in a field of its own.
  document.addEventListener(
    "submit",
    (event) => {
      const field = event.target.querySelector("input[type=hidden][name=from]");
      if (field && scene()) field.value = scene().value;
    },
    true,
  );

  const current = (element, yes) => {
    if (yes) element.setAttribute("aria-current", "true");
    else element.removeAttribute("aria-current");
  };
  const mark = () => {
    if (!scene()) return;
    const { picked, marks } = scene().dataset;
    const names = new Set(marks.split(" "));
    for (const link of document.querySelectorAll("[data-mark]")) current(link, names.has(link.dataset.mark));
    for (const table of document.querySelectorAll("table[data-marked]")) {
      for (const button of table.querySelectorAll("[aria-current], [tabindex='0']")) {
        current(button, false);
        button.tabIndex = -1;
      }
      const button = table.querySelector(`button[value="${CSS.escape(picked)}"]`);
      if (!button) continue;
      current(button, true);
      button.tabIndex = 0;
    }
  };
  document.addEventListener("htmx:after:swap", mark);
})();
