import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { nodeAnswer, texts } from './node-answers.fixture.ts';
import { showsNumbers } from './served-page.fixture.ts';
import { reader, type Visit } from './suite.ts';

/** Another build: its title is another, and its style has another name. */
async function otherBuild(folder: string): Promise<string> {
  const other = await mkdtemp(join(tmpdir(), 'page-'));
  await cp(folder, other, { recursive: true });
  const style = (await readdir(join(other, 'assets'))).find((name) => name.endsWith('.css'))!;
  await rename(join(other, 'assets', style), join(other, 'assets/style-of-another.css'));
  const integrity = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
  const page = await readFile(join(other, 'index.html'), 'utf8');
  const renamed = (text: string) => text.replaceAll(style, 'style-of-another.css');
  const changed = renamed(page).replace(/<title>.*<\/title>/, '<title>another build</title>');
  await writeFile(join(other, 'index.html'), changed);
  const worker = await readFile(join(other, 'service-worker.js'), 'utf8');
  const id = /id:"(\w+)"/.exec(worker)![1]!;
  await writeFile(
    join(other, 'service-worker.js'),
    renamed(worker).replace(integrity(page), integrity(changed)).replace(id, 'another'),
  );
  return other;
}

/** Waits until the page is kept. */
async function kept(page: Page): Promise<void> {
  await reader.waits(page);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 10));
  });
}

const cacheNames = (page: Page) => page.evaluate(() => caches.keys());

/** The page without a network, and as it is replaced by another build. */
export function offlineSuite(visit: Visit): void {
  it('works without a network after the first visit, then with threads on any host', async () => {
    const { page, host, faults } = await visit.open(false);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await kept(page);
    host.stop();
    await page.reload();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await reader.write(page, texts[1]);
    await showsNumbers(page, await nodeAnswer('opinion', texts[1]));
    expect(faults).toEqual([]);
  });

  it('takes another build over as a whole, when the reader says so', async () => {
    const { page, host, faults } = await visit.open();
    await kept(page);
    const before = await cacheNames(page);
    host.folder = await otherBuild(visit.folder);
    await reader.write(page, texts[1]);
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await page.getByText('There is a new version of this page.').waitFor();
    await page.waitForURL(/liked/);
    await page.reload(); // it is not asked for: all is of the old build
    expect(await page.title()).toBe('diffprune: one model, many tasks');
    // A worker gives way when it has nothing to do; watched by a debugger, it does not say when that comes to be.
    await showsNumbers(page, await nodeAnswer('opinion', texts[1]));
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.waitForFunction(() => document.title === 'another build');
    await showsNumbers(page, await nodeAnswer('opinion', texts[1]));
    host.stop();
    await page.reload();
    await showsNumbers(page, await nodeAnswer('opinion', texts[1]));
    const after = await cacheNames(page);
    expect([before.length, after.length]).toEqual([1, 1]);
    expect(after).not.toEqual(before);
    expect(faults).toEqual([]);
  });

  it('stays as it is where a file of another build is missing', async () => {
    const { page, host } = await visit.open();
    await kept(page);
    const other = await otherBuild(visit.folder);
    await rm(join(other, 'assets/style-of-another.css'));
    host.folder = other;
    const state = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const found = new Promise<ServiceWorker>((resolve) =>
        registration.addEventListener('updatefound', () => resolve(registration.installing!)),
      );
      await registration.update();
      const worker = await found;
      while (!['redundant', 'installed'].includes(worker.state))
        await new Promise((resolve) => setTimeout(resolve, 10));
      return worker.state;
    });
    expect(state).toBe('redundant');
    host.stop();
    await page.reload();
    expect(await page.title()).toBe('diffprune: one model, many tasks');
    await reader.write(page, texts[1]);
    await showsNumbers(page, await nodeAnswer('opinion', texts[1]));
  });
}
