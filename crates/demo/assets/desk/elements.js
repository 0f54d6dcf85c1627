// Small things about elements that every part of the page does the same way.

/** Leaves the page alone where nothing changes, so that screen readers hear changes only. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Switches a button of `onPress` on or off. Unlike `disabled`, this does not take the keyboard's focus away from it. */
export function setEnabled(button, isEnabled) {
  button.setAttribute("aria-disabled", isEnabled ? "false" : "true");
}

export function onPress(button, action) {
  button.addEventListener("click", () => button.getAttribute("aria-disabled") !== "true" && action());
}
