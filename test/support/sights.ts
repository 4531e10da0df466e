import type { Frame } from 'playwright-core';

/**
 * What a page has shown, kept by the page itself: a toast, a spinner or a notice may be gone before a question from outside
 * comes to it on a slow machine.
 */
interface Sights {
  words: Set<string>;
  classes: Set<string>;
}
interface SeeingWindow {
  sights?: Sights;
}

/** For `addInitScript`: runs in every document, before all else. */
export function keepSights(): void {
  const sights: Sights = { words: new Set(), classes: new Set() };
  (window as unknown as SeeingWindow).sights = sights;
  const noteWords = (text: string | null): void => {
    if (text !== null && text.trim() !== '') sights.words.add(text);
  };
  const noteClasses = (text: string | null): void => {
    for (const name of text?.split(/\s+/) ?? []) sights.classes.add(name);
  };
  const note = (node: Node): void => {
    if (node instanceof Element) noteClasses(node.getAttribute('class'));
    else if (node.nodeType === Node.TEXT_NODE) noteWords(node.nodeValue);
    node.childNodes.forEach(note);
  };
  new MutationObserver((records) => {
    for (const { type, target, oldValue, addedNodes } of records) {
      if (type === 'childList') addedNodes.forEach(note);
      else if (type === 'characterData') [oldValue, target.nodeValue].forEach(noteWords);
      else [oldValue, (target as Element).getAttribute('class')].forEach(noteClasses);
    }
  }).observe(document, {
    subtree: true,
    childList: true,
    characterDataOldValue: true,
    attributeFilter: ['class'],
    attributeOldValue: true,
  });
}

/** Resolves when the text is on the page, or was since it was loaded. */
export function seesText(frame: Frame, text: string, options: { timeout: number }): Promise<unknown> {
  return frame.waitForFunction(
    (wanted) =>
      [...(window as unknown as SeeingWindow).sights!.words].some((words) => words.includes(wanted)),
    text,
    { ...options, polling: 50 },
  );
}

/** Resolves when an element has a class with this ending, or had it since the page was loaded. */
export function seesClass(frame: Frame, ending: string, options: { timeout: number }): Promise<unknown> {
  return frame.waitForFunction(
    (end) => [...(window as unknown as SeeingWindow).sights!.classes].some((each) => each.endsWith(end)),
    ending,
    { ...options, polling: 50 },
  );
}

/** Resolves with the text of the first element that matches, once it has stood still for half a second. */
export async function settledText(
  frame: Frame,
  selector: string,
  options: { timeout: number },
): Promise<string> {
  const found = await frame.waitForFunction(
    (wanted) => {
      const text = document.querySelector(wanted)?.textContent ?? null;
      const state = window as unknown as { settling?: { text: string | null; count: number } };
      const last = state.settling;
      state.settling = { text, count: last !== undefined && last.text === text ? last.count + 1 : 0 };
      if (text === null || state.settling.count < 5) return null;
      delete state.settling;
      return { text };
    },
    selector,
    { ...options, polling: 100 },
  );
  return ((await found.jsonValue()) as { text: string }).text;
}

/** What was shown until now no longer counts. */
export function forgetSights(frame: Frame): Promise<void> {
  return frame.evaluate(() => {
    const { sights } = window as unknown as SeeingWindow;
    sights!.words.clear();
    sights!.classes.clear();
  });
}
