// Texts whose contrast is less than 4.5 : 1 (WCAG 2.2, 1.4.3 and its definition of relative luminance).
() => {
  const numbers = (text) => text.match(/[\d.]+/g).map(Number);
  const over = ([r, g, b, a = 1], below) => [r, g, b].map((one, n) => one * a + below[n] * (1 - a));
  const linear = (one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (node) => {
    if (!node) return [255, 255, 255];
    const colour = numbers(getComputedStyle(node).backgroundColor);
    return colour.length === 3 ? colour : over(colour, ground(node.parentElement));
  };
  const ratio = (node) => {
    const style = getComputedStyle(node);
    const paper = ground(node);
    const ink = over(numbers(node instanceof SVGElement ? style.fill : style.color), paper);
    const [high, low] = [luminance(ink), luminance(paper)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  return [...document.querySelectorAll("body *")]
    .filter((node) => [...node.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim()))
    .filter((node) => node.checkVisibility() && !node.closest(".hidden, title, option"))
    .filter((node) => ratio(node) < 4.5)
    .map((node) => `${ratio(node).toFixed(2)} ${node.outerHTML.slice(0, 120)}`);
}
