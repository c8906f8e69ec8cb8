// The masthead. Light or dark: what the reader chose last, or else what their system says, before the page is painted.
// And the language link: it is not exchanged with the rest of the page, so it takes the scene when it is pressed.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js"); // what needs scripts is laid out from the start
  const KEY = "convscope-theme";

  const kept = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // a browser that keeps nothing still has its system's theme
    }
  };

  const theme = kept();
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  document.addEventListener("click", (event) => {
    const language = event.target.closest("#languages a[hreflang]");
    if (language) language.search = location.search;
  });

  // A press that came to nothing says so, until the next one.
  const trouble = (hidden) => () => {
    const line = document.getElementById("trouble");
    if (line) line.hidden = hidden;
  };
  document.addEventListener("htmx:error", (event) => {
    const error = event.detail && event.detail.error;
    if (!error || error.name !== "AbortError") trouble(false)(); // a newer press has taken its place
  });
  document.addEventListener("htmx:response:error", (event) => {
    const response = event.detail && event.detail.ctx && event.detail.ctx.response;
    if (response && response.status >= 500) trouble(false)();
  });
  document.addEventListener("htmx:before:request", trouble(true));

  document.addEventListener("click", (event) => {
    if (!event.target.closest("#theme")) return;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem(KEY, root.dataset.theme);
    } catch {
      // then it holds for this page only
    }
  });
})();
