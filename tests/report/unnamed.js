// What somebody who can not see the page would not find, or not tell from something else.
() => {
  const wrong = [];
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const demand = (selector, good, what) => {
    for (const one of shown(selector)) if (!good(one)) wrong.push(`${what}: ${one.outerHTML.slice(0, 120)}`);
  };
  demand("a, button, summary", (one) => one.textContent.trim(), "no text");
  const says = (one) => [...one.childNodes].some((part) => part.nodeType === Node.TEXT_NODE && part.data.trim());
  demand("input, select", (one) => [...one.labels].some(says), "no label");
  demand("th", (one) => one.scope, "no scope");
  demand("svg", (one) => one.closest("[aria-hidden]") || one.getAttribute("aria-label"), "a drawing without a name");
  demand("[aria-labelledby]", (one) => document.getElementById(one.getAttribute("aria-labelledby")), "a name that is not there");
  demand("[role=region]", (one) => one.getAttribute("aria-label"), "a region without a name");
  for (const name of ["header", "nav", "main"]) if (!shown(name).length) wrong.push(`no ${name}`);
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  wrong.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `twice: ${id}`));
  let level = 0;
  for (const one of shown("main h1, main h2, main h3")) {
    const own = Number(one.tagName[1]);
    if (own > level + 1) wrong.push(`a level is skipped: ${one.textContent}`);
    level = own;
  }
  return wrong;
}
