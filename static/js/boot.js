// Loads htmx, once: from its CDN, or from our own copy where the CDN is blocked, corrupt or silent.
//
// A script element that was sent off cannot be called back: its answer may come after we stopped waiting, and a second
// htmx would answer the Back button twice. So the CDN's file is first only *preloaded*, which fetches and checks it but
// never runs it. Whoever comes first, the preload or the end of our patience, decides which copy gets a script element;
// the other never gets one. A script element that reports an error did not run, so the other copy may follow it.
//
// Without htmx every link and form still works, as a full page: <html class="no-htmx"> says so to the style sheets.
(function () {
  "use strict";

  const root = document.documentElement;
  if (root.dataset.booted) return; // this document has booted already
  root.dataset.booted = "yes";

  const { cdn, integrity, local, mode } = document.currentScript.dataset;
  const PATIENCE = 1500; // milliseconds
  const KEY = "convscope.htmx";

  // Private windows and strict settings refuse storage; then every page asks the CDN again, and that is all.
  const memory = {
    prefersLocal() {
      try {
        return sessionStorage.getItem(KEY) === "local";
      } catch {
        return false;
      }
    },
    preferLocal(yes) {
      try {
        if (yes) sessionStorage.setItem(KEY, "local");
        else sessionStorage.removeItem(KEY);
      } catch {
        // nothing to remember it in
      }
    },
  };

  // fetch and check happen alike for a preload and a script, so that the one finds what the other fetched
  function add(element, address, loaded, failed) {
    element.crossOrigin = "anonymous";
    element.integrity = integrity;
    element.onload = loaded;
    element.onerror = failed;
    if (element instanceof HTMLLinkElement) element.href = address;
    else element.src = address;
    document.head.append(element);
  }

  function run(address, loaded, failed) {
    add(document.createElement("script"), address, loaded, failed);
  }

  function withoutHtmx() {
    memory.preferLocal(false); // next time, ask the CDN again
    root.classList.add("no-htmx");
  }

  function runLocal(loaded) {
    run(local, loaded, withoutHtmx);
  }

  function preloadCdn() {
    const preload = document.createElement("link");
    let decided = false;
    const decide = (choice) => () => {
      if (decided) return;
      decided = true;
      clearTimeout(patience);
      choice();
    };
    const useLocal = () => runLocal(() => memory.preferLocal(true));
    const patience = setTimeout(decide(useLocal), PATIENCE);
    preload.rel = "preload";
    preload.as = "script";
    add(preload, cdn, decide(() => run(cdn, null, useLocal)), decide(useLocal));
  }

  if (mode === "cdn" && !memory.prefersLocal()) preloadCdn();
  else runLocal(null);
})();
