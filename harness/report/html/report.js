"use strict";
// Shows one view at a time, by the address behind "#". Pages of cases are unpacked when they are opened.
(() => {
  const $ = (id) => document.getElementById(id);
  const views = [...document.querySelectorAll(".view")];
  const packed = new Map([...document.querySelectorAll("script[data-case]")].map((one) => [one.dataset.case, one]));
  const rows = [...document.querySelectorAll(".matrix tbody tr")];
  const form = $("filter");
  const title = document.title;
  const caseAddress = (id) => "#case/" + encodeURIComponent(id).replaceAll("%2F", "/");
  let shown = "";
  let list = "#cases";
  let arrived = false;

  function parse(hash) {
    const [path, query] = hash.replace(/^#/, "").split("?");
    const at = path.indexOf("/");
    return {
      view: at < 0 ? path : path.slice(0, at),
      rest: at < 0 ? "" : decodeURIComponent(path.slice(at + 1)),
      query: new URLSearchParams(query),
    };
  }

  async function unpack(id) {
    const bytes = Uint8Array.from(atob(packed.get(id).textContent), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  function show(name, heading, focus) {
    for (const one of views) one.hidden = one.id !== "view-" + name;
    for (const link of document.querySelectorAll(".top nav a")) {
      const here = link.dataset.view === (name === "case" ? "cases" : name);
      here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
    }
    document.title = heading ? `${heading} – ${title}` : title;
    if (focus) window.scrollTo(0, 0);
    if (focus && arrived) $("main").focus({ preventScroll: true });
    arrived = true;
  }

  async function openCase(id, part) {
    if (!packed.has(id)) {
      $("view-case").textContent = `This report has no case ${id}.`;
      show("case", id, true);
      shown = "";
      return;
    }
    const moved = arrived;
    if (shown !== id) {
      const text = await unpack(id);
      if (parse(location.hash).rest !== id) return;
      $("view-case").innerHTML = text;
      $("view-case").setAttribute("aria-labelledby", "case-title");
      shown = id;
    }
    walk(id);
    show("case", id, !part);
    if (part) {
      const target = $(part);
      if (target) {
        target.scrollIntoView();
        target.focus({ preventScroll: true });
      }
    } else if (moved) {
      $("case-title").focus({ preventScroll: true });
      $("status").textContent = id;
    }
  }

  function walk(id) {
    const ids = matching().map((row) => row.dataset.id);
    const at = ids.indexOf(id);
    $("back").href = list;
    for (const [name, other] of [["previous", ids[at - 1]], ["next", ids[at + 1]]]) {
      const link = $(name);
      link.hidden = other === undefined || at < 0;
      if (!link.hidden) link.href = caseAddress(other);
    }
    $("place").textContent = at < 0 ? "" : `${at + 1} of ${ids.length}`;
  }

  const matching = () => rows.filter((row) => !row.hidden);

  function filter() {
    const wanted = new FormData(form);
    const terms = String(wanted.get("q")).toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = (row.textContent + " " + row.dataset.words).toLowerCase();
      row.hidden = !(
        terms.every((term) => text.includes(term)) &&
        (!wanted.get("state") || row.dataset.state === wanted.get("state")) &&
        (!wanted.get("area") || row.dataset.area === wanted.get("area")) &&
        (!wanted.get("cause") || row.dataset.causes.split(" ").includes(wanted.get("cause")))
      );
    }
    const count = matching().length;
    $("matched").textContent = count === rows.length ? `${count} cases` : `${count} of ${rows.length} cases`;
    $("none").hidden = count > 0;
  }

  function remember() {
    const chosen = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    list = "#cases" + (chosen.size ? "?" + chosen : "");
    history.replaceState(null, "", list);
    filter();
  }

  function route() {
    const { view, rest, query } = parse(location.hash);
    if (view === "case") return openCase(rest, query.get("at"));
    const name = views.some((one) => one.id === "view-" + view) ? view : "overview";
    if (name === "cases") {
      for (const field of form.elements) if (field.name) field.value = query.get(field.name) || "";
      list = location.hash;
      filter();
    }
    show(name, name === "overview" ? "" : $(name + "-title").textContent, true);
  }

  function search() {
    if ($("view-cases").hidden) {
      history.pushState(null, "", list);
      route();
    }
    form.elements.q.focus();
    form.elements.q.select();
  }

  const themes = ["system", "light", "dark"];
  function theme(name) {
    name === "system" ? delete document.documentElement.dataset.theme : (document.documentElement.dataset.theme = name);
    $("theme").textContent = `Theme: ${name}`;
    return name;
  }
  // A browser may keep a page from disk away from its storage: then the choice lasts as long as the page.
  const kept = { get() { try { return localStorage.getItem("theme"); } catch { return null; } },
    set(name) { try { localStorage.setItem("theme", name); } catch { /* not kept */ } } };
  let chosen = theme(themes.includes(kept.get()) ? kept.get() : "system");
  $("theme").addEventListener("click", () => {
    chosen = theme(themes[(themes.indexOf(chosen) + 1) % themes.length]);
    kept.set(chosen);
  });

  function press(event) {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "Escape" && typing) return typing.blur();
    if (typing || $("help").open || event.ctrlKey || event.metaKey || event.altKey) return;
    const go = (id) => { const link = $(id); if (link && !link.hidden && shown && !$("view-case").hidden) location.hash = link.hash; };
    const keys = {
      "/": search,
      n: () => ($("view-case").hidden ? matching()[0] && (location.hash = caseAddress(matching()[0].dataset.id)) : go("next")),
      p: () => go("previous"),
      o: () => (location.hash = "#overview"),
      c: () => (location.hash = list),
      t: () => (location.hash = "#trend"),
      "?": () => $("help").showModal(),
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  }

  async function copy(event) {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = $(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    $("status").textContent = button.textContent;
  }

  const closed = [];
  window.addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details:not([open])")) { one.open = true; closed.push(one); }
  });
  window.addEventListener("afterprint", () => { for (const one of closed.splice(0)) one.open = false; });
  window.addEventListener("hashchange", route);
  document.addEventListener("keydown", press);
  document.addEventListener("click", copy);
  $("keys").addEventListener("click", () => $("help").showModal());
  form.addEventListener("input", remember);
  form.addEventListener("reset", () => setTimeout(remember));
  form.addEventListener("submit", (event) => event.preventDefault());
  route();
})();
