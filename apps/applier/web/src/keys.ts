import type { Page } from './page.ts';

/** Digits choose a task, 0 all of them: with Alt anywhere, and alone wherever no text is written. */
export function listenToKeys(page: Page): void {
  document.addEventListener('keydown', (event) => {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    if (digit === undefined || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
    const writes =
      event.target instanceof HTMLElement && event.target.matches('textarea, select, [type=text]');
    if (writes && !event.altKey) return;
    event.preventDefault();
    page.selectAt(Number(digit));
  });
}
