import { createServer } from 'node:http';
import { dirname } from 'node:path';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { sampleDiffs, sampleModelFolder } from '@diffprune/samples/node';
import { pageFiles } from '../serve/page-files.ts';
import { nodeAnswer, texts } from './node-answers.fixture.ts';
import { showsNumbers } from './served-page.fixture.ts';
import { reader, type Visit } from './suite.ts';

/** The page as `diffprune-apply serve` has it. */
export function serviceSuite(visit: Visit): void {
  it('starts with the base and the tasks of the service that it comes from', async () => {
    const [opinion, similarity] = [{ name: 'opinion' }, { name: 'similarity' }];
    const app = await pageFiles({ tasks: [similarity, opinion] } as never, {
      page: visit.folder,
      base: sampleModelFolder(),
      name: 'the base of the service',
      diffs: dirname(sampleDiffs.opinion),
    });
    const server = createServer(getRequestListener(app.fetch)).listen(0, 'localhost');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const url = `http://localhost:${(server.address() as AddressInfo).port}/#task=opinion`;
      const { page, faults, requests } = await visit.openAt(url);
      await reader.waits(page);
      await page.getByText('the base of the service').waitFor();
      const tasks = await page
        .getByRole('radio')
        .evaluateAll((all) => all.map((each) => each.getAttribute('value')));
      expect(await page.getByRole('radio').count()).toBe(3);
      expect(tasks).toHaveLength(3);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      await reader.write(page, texts[0]);
      await showsNumbers(page, await nodeAnswer('opinion', texts[0]));
      expect(requests.some((request) => request.endsWith('/models/base/model.safetensors'))).toBe(true);
      expect(requests.filter((request) => request.includes('/samples/'))).toEqual([]);
      expect(faults).toEqual([]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}
