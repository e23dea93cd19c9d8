import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { sampleDiffs } from '@diffprune/samples/node';
import { encodeDiff, type Manifest } from '@diffprune/sparse-diff';
import type { Page } from 'playwright-core';
import { makeDiff, writeBase } from '../tiny-model.fixture.ts';
import { nodeAnswer, texts } from './node-answers.fixture.ts';
import { showsNumbers } from './served-page.fixture.ts';
import { reader, type Visit } from './suite.ts';

/** A diff of the tiny base, as a file. */
async function diffFile(name: string, manifest: Partial<Manifest> = {}): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'diff-')), `${name}.sdiff`);
  const head = manifest.head === 'span' ? ({ kind: 'span' } as const) : undefined;
  await writeFile(path, encodeDiff(await makeDiff({ texts: 1, ...manifest }, head)).bytes);
  return path;
}

/** Drops files and folders of this computer on the page, as a mouse would. */
async function drop(page: Page, ...files: string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  }
}

/** A reader's own diffs and bases. */
export function ownFilesSuite(visit: Visit): void {
  it('says why a file is not added, and goes on', async () => {
    const { page, faults } = await visit.open();
    await reader.waits(page);
    const none = join(await mkdtemp(join(tmpdir(), 'diff-')), 'none.sdiff');
    await writeFile(none, 'this is no diff');
    const picker = page.getByLabel('Add a task');
    for (const [file, reason] of [
      [await diffFile('foreign'), /foreign was not added: .*base/],
      [none, /none was not added: /],
    ] as const) {
      await picker.setInputFiles(file);
      await page.getByRole('alert').getByText(reason).waitFor();
      await page.getByRole('button', { name: 'Close' }).click();
    }
    await drop(page, join(await writeBase(), 'vocab.txt'));
    await page.getByRole('alert').getByText('neither a .sdiff file nor the folder of a base').waitFor();
    expect(await page.getByRole('radio').count()).toBe(4);
    await reader.write(page, texts[1]);
    await showsNumbers(page, await nodeAnswer('opinion', texts[1]));
    expect(faults).toEqual([]);
  });

  it('opens the folder of a base that is chosen, and its diffs', async () => {
    const { page, faults } = await visit.open();
    await reader.waits(page);
    const folder = await writeBase();
    await page.getByLabel('Open a base').setInputFiles(folder);
    await page.getByRole('definition').getByText(basename(folder), { exact: true }).waitFor();
    expect(await page.getByRole('radio').count()).toBe(0);
    await page
      .getByLabel('Add a task')
      .setInputFiles([await diffFile('film'), await diffFile('ask', { head: 'span', labels: [], texts: 2 })]);
    await page.getByRole('radio', { name: 'ask' }).waitFor();
    await reader.choose(page, 'ask');
    await page.getByRole('textbox', { name: 'Question' }).fill('who left');
    await page.getByLabel('Text that answers it').fill('the soup was very good and he left');
    await page.locator('.context mark').waitFor();
    expect(await page.locator('.context').textContent()).toBe('the soup was very good and he left');
    expect(faults).toEqual([]);
  });

  it('opens a base and a diff that are dropped together, and keeps what it has where that fails', async () => {
    const { page, faults } = await visit.open();
    await reader.waits(page);
    const broken = await mkdtemp(join(tmpdir(), 'broken-'));
    await writeFile(join(broken, 'config.json'), '{ "model_type": "gpt2" }');
    await drop(page, broken);
    await page
      .getByRole('alert')
      .getByText(/was not opened: .*gpt2/)
      .waitFor();
    await reader.write(page, texts[1]);
    await showsNumbers(page, await nodeAnswer('opinion', texts[1]));
    const folder = await writeBase();
    await drop(page, folder, await diffFile('film'));
    await page.getByRole('radio', { name: 'film' }).waitFor();
    await reader.write(page, 'the film was very good');
    await reader.waits(page);
    expect(await page.locator('.bars li').count()).toBe(2);
    expect(faults).toEqual([]);
  });

  it('opens a base by its address', async () => {
    const { page, host } = await visit.open();
    await reader.waits(page);
    const [model] = (await readdir(join(visit.folder, 'assets/samples'))).filter((name) =>
      name.startsWith('model-'),
    );
    const address = page.getByLabel('address');
    await address.fill(`${host.url}assets/samples/none`);
    await address.press('Enter');
    await page.getByRole('alert').getByText('/none was not opened: ').waitFor();
    await address.fill(`${host.url}assets/samples/${model}`);
    await address.press('Enter');
    await page.getByText('There is no task for this base yet').waitFor();
    await page.getByLabel('Add a task').setInputFiles(sampleDiffs.opinion);
    await reader.write(page, texts[0]);
    await showsNumbers(page, await nodeAnswer('opinion', texts[0]));
  });

  it('works where storage is refused', async () => {
    const { page, faults } = await visit.open(true, {}, '', () => {
      const refuse = () => Promise.reject(new DOMException('refused', 'SecurityError'));
      navigator.serviceWorker.register = refuse;
      navigator.storage.getDirectory = refuse;
      caches.open = refuse;
    });
    await reader.write(page, texts[0]);
    await showsNumbers(page, await nodeAnswer('opinion', texts[0]));
    expect(faults).toEqual([]);
  });
}
