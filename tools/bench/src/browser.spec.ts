import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumPath } from '@diffprune/testing/chromium';
import { Browser } from './browser.ts';
import { BrowserModel } from './browser-models.ts';
import type { PageModel } from './browser-page.ts';
import { BrowserServer } from './browser-server.ts';

const hurried = { seconds: 0, rounds: 1 };

(chromiumPath ? describe : describe.skip)(
  `in Chromium${chromiumPath ? '' : ' (skipped: no Chromium)'}`,
  () => {
    let server: BrowserServer;
    let browser: Browser;
    let model: BrowserModel;
    beforeAll(async () => {
      server = await BrowserServer.start();
      browser = await Browser.launch(chromiumPath!, server.url);
      model = await BrowserModel.open('sample', await mkdtemp(join(tmpdir(), 'bench-')), 2);
      server.models.set('sample', model);
    });
    afterAll(async () => {
      await browser.close();
      server.close();
    });

    it.each<[PageModel['runtime'], number]>([
      ['wasm', 1],
      ['wasm', 2],
      ['webgpu', 1],
    ])('both compute the same, and a base comes back, on %s, threads: %d', async (runtime, threads) => {
      const given = { name: 'sample', files: model.files, runtime, threads };
      await browser.page(async (page) => {
        await page.call('open', given);
        const { milliseconds, isExact, one, all, task } = await page.call('switching', 2, 3);
        expect([milliseconds.length, isExact]).toEqual([3, true]);
        expect(all - one).toBeGreaterThanOrEqual(task);
        await page.call('openPeer');
        const race = await page.call('race', { batch: 2, length: 5 }, hurried);
        expect([race.own.length, race.peer.length]).toEqual([1, 1]);
        expect(race.difference).toBeLessThan(1e-4);
        if (runtime === 'webgpu') return; // a second model takes long on the software driver
        const asked = await page.call('classify', 'the film was very good', hurried);
        expect(asked.difference).toBeLessThan(1e-5);
      });
    });

    it('both answer in a page that did nothing yet', async () => {
      const given = { name: 'sample', files: model.files, runtime: 'wasm', threads: 1 } as const;
      for (const name of ['firstAnswer', 'peersFirstAnswer'] as const) {
        expect(await browser.page((page) => page.call(name, given, 'a film'))).toBeGreaterThan(0);
      }
    });
  },
);
