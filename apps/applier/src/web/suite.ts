import type { BrowserContextOptions, Page } from 'playwright-core';
import type { Host, OpenedPage } from './served-page.fixture.ts';

/** What the suites of the page share. */
export interface Visit {
  /** The folder of the built page. */
  readonly folder: string;
  /**
   * Opens the page as a new visitor would, from a host of its own.
   *
   * @param isIsolated whether that isolates the page
   * @param script runs in the page before its own
   */
  open(
    isIsolated?: boolean,
    options?: BrowserContextOptions,
    hash?: string,
    script?: () => void,
  ): Promise<OpenedPage & { readonly host: Host }>;
  /** Opens what is at an address as a new visitor would. */
  openAt(url: string): Promise<OpenedPage>;
}

/** The page, asked by its reader's means. */
export const reader = {
  /** Waits until all tasks are there, and one of them has answered. */
  waits: (page: Page) => page.getByText('Answered in').first().waitFor(),
  choose: (page: Page, task: string) => page.getByRole('radio', { name: task }).check({ force: true }),
  write: async (page: Page, first: string, second?: string) => {
    if (second === undefined) return page.getByLabel('Text', { exact: true }).fill(first);
    await page.getByLabel('First text').fill(first);
    await page.getByLabel('Second text').fill(second);
  },
};
