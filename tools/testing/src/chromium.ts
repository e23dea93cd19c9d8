import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

/** The system's Chromium; undefined where there is none. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);

/** How a reader sees a page. */
export interface Reader {
  /** Pixels of the window's width. */
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

/** A telephone and a wide screen, each by day and by night. */
export const readers: readonly Reader[] = [400, 1400].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
);

/** What is wrong with a page that should stand alone; all empty where nothing is. */
export interface PageFaults {
  /** Errors and warnings of the page, and of its scripts. */
  readonly logged: readonly string[];
  /** What it asked the network or the file system for. */
  readonly requests: readonly string[];
  /** Parts that reach beyond the window's right edge and are in no box that scrolls, and text beyond its drawing's. */
  readonly overflowing: readonly string[];
  /** Texts smaller than nine pixels, or hardly told from what is behind them. */
  readonly illegible: readonly string[];
}

/** Opens a page from its markup, and says what is wrong with it; a picture of it goes to a file where one is named. */
export type ViewPage = (markup: string, reader: Reader, picture?: string) => Promise<PageFaults>;

/**
 * A `describe` that looks at pages in Chromium: where there is none its tests are skipped, and the skipped block's name
 * says why.
 */
export function describeChromium(name: string, tests: (view: ViewPage) => void): void {
  let browser: Browser | undefined;
  const view: ViewPage = async (markup, { width, scheme }, picture) => {
    browser ??= await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    try {
      const [logged, requests]: [string[], string[]] = [[], []];
      page.on('pageerror', (error) => logged.push(error.message));
      page.on('console', (message) => logged.push(message.text()));
      page.on('request', (request) => requests.push(request.url()));
      await page.setContent(markup, { waitUntil: 'load' });
      if (picture !== undefined) await page.screenshot({ path: picture, fullPage: true });
      return { logged, requests, ...(await lookAt(page)) };
    } finally {
      await page.close();
    }
  };
  const block = chromiumPath === undefined ? describe.skip : describe;
  block(chromiumPath === undefined ? `${name} (skipped: no Chromium)` : name, () => {
    afterAll(() => browser?.close());
    tests(view);
  });
}

/** What is wrong with how a page looks that is open already. */
export function lookAt(page: Page): Promise<Pick<PageFaults, 'overflowing' | 'illegible'>> {
  return page.evaluate(`(${lookAtPage})()`);
}

/** Runs in the page, as text: whatever it needs is in it. */
const lookAtPage = String(function () {
  const label = (element: Element) =>
    `${element.tagName.toLowerCase()} ${element.textContent?.trim().slice(0, 60)}`;
  const scrolls = (element: Element | null): boolean =>
    element !== null &&
    (['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  const rgb = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const behind = (element: Element | null): string => {
    if (element === null) return 'rgb(255, 255, 255)';
    const color = getComputedStyle(element).backgroundColor;
    return (rgb(color)[3] ?? 1) === 1 && color.startsWith('rgb') ? color : behind(element.parentElement);
  };
  const luminance = (color: string) =>
    rgb(color)
      .slice(0, 3)
      .map((value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i]!, 0);
  const contrast = (one: string, other: string) => {
    const [dim, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
    return (bright + 0.05) / (dim + 0.05);
  };
  const [overflowing, illegible]: [string[], string[]] = [[], []];
  if (document.documentElement.scrollWidth > innerWidth) overflowing.push('the page');
  for (const element of document.body.querySelectorAll('*')) {
    const { right, width } = element.getBoundingClientRect();
    if (right > innerWidth + 1 && !scrolls(element.parentElement)) overflowing.push(label(element));
    const text = [...element.childNodes].some(
      ({ nodeType, textContent }) => nodeType === 3 && textContent?.trim(),
    );
    if (!text || width === 0) continue;
    const drawing = element instanceof SVGElement ? element.ownerSVGElement : null;
    if (drawing && right > drawing.getBoundingClientRect().right + 1) overflowing.push(label(element));
    const { fontSize, color, fill } = getComputedStyle(element);
    const matrix = element instanceof SVGGraphicsElement ? element.getScreenCTM() : null;
    const pixels = parseFloat(fontSize) * (matrix ? Math.hypot(matrix.a, matrix.b) : 1);
    const seen = contrast(element instanceof SVGElement ? fill : color, behind(element));
    if (pixels < 9 || seen < 3)
      illegible.push(`${label(element)}: ${pixels.toFixed(1)} px, contrast ${seen.toFixed(1)}`);
  }
  return { overflowing, illegible };
});
