"""Pictures in the chairs of a page without any camera, as its layout has them."""

from __future__ import annotations

SHOW = """() => {
  for (const place of document.querySelectorAll("#circle li:not(.observer) .picture")) {
    if (!place.firstElementChild) place.append(document.createElement("video"));
  }
}"""
"""Fills each chair that has no picture. The page removes the one in my own chair when the room
changes, so this runs before each look."""

STYLED = """() => [...document.styleSheets].some((sheet) => sheet.href?.endsWith("/later.css"))"""
"""Whether the styles of pictures have arrived, which load late."""

TOUCHES = """() => {
  const isWide = matchMedia("(min-width: 900px) and (min-height: 561px)").matches;
  const boxOf = (element) => element.getBoundingClientRect();
  const textOf = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return range.getBoundingClientRect();
  };
  const isBar = (stone) => boxOf(stone).height < 8; // in small windows, without its text
  const seen = (element) => element.checkVisibility() && boxOf(element).width > 1;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const attention = document.getElementById("attention");
  attention.style.position = "static"; // it may lie over the circle while the page is not scrolled
  const fixed = [
    ...all("#phases li").map((e) => [e, isBar(e) ? boxOf(e) : textOf(e.querySelector("button"))]),
    ...all("#stage h1, #stage .clock, #attention p").map((e) => [e, textOf(e)]),
    ...all("#attention.asks, #attention button, .foot button, .foot p").map((e) => [e, boxOf(e)]),
    ...(isWide ? all("#dock .card").map((e) => [e, boxOf(e)]) : []),
  ];
  const within = (x, y, r, box) =>
    Math.hypot(
      Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom),
    ) < r - 1;
  const isOver = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const discs = [], found = [];
  const named = (e) => e.id || e.textContent.trim().slice(0, 20);
  for (const chair of all("#circle li:not(.observer)")) {
    const name = chair.querySelector(".name");
    const disc = boxOf(chair.querySelector(".picture"));
    discs.push([chair, disc]);
    chair.setAttribute("data-sounding", "");
    for (const round of chair.querySelectorAll(".picture, .halo")) {
      const box = boxOf(round), [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
      for (const [other, its] of fixed) {
        if (within(x, y, box.width / 2, its)) found.push(`${name.textContent} / ${named(other)}`);
      }
    }
    chair.removeAttribute("data-sounding");
    for (const [other, its] of fixed) {
      if (isOver(textOf(name), its)) found.push(`name ${name.textContent} / ${named(other)}`);
    }
  }
  for (const [chair] of discs) {
    const text = textOf(chair.querySelector(".name"));
    for (const [other, box] of discs) {
      if (other === chair) continue;
      const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
      if (within(x, y, box.width / 2, text)) found.push(`name ${chair.id} / picture ${other.id}`);
    }
  }
  attention.style.position = "";
  return [...new Set(found)];
}"""
"""What a picture, its halo while its person sounds, or a name lies over: the path, the words of the
stage, buttons, the dock, another picture."""

SMALLEST = """() => Math.round(Math.min(...[...document.querySelectorAll("#circle video")]
  .map((video) => video.getBoundingClientRect().width)))"""
