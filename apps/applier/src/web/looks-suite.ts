import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { lookAt, readers } from '@diffprune/testing/chromium';
import { reader, type Visit } from './suite.ts';

/** Of all that the page loads, models apart, gzipped. */
const mostBytes = 150_000;

/** How the page looks, and what it loads. */
export function looksSuite(visit: Visit): void {
  it.each(readers)('is read at $width pixels, $scheme', async ({ width, scheme }) => {
    const { page, faults } = await visit.open(true, {
      viewport: { width: width === 400 ? 360 : width, height: 900 },
      colorScheme: scheme,
    });
    for (const task of ['opinion', 'similarity', 'All at once']) {
      await reader.choose(page, task);
      await page.getByText('Answered in').first().waitFor();
      expect(await lookAt(page)).toEqual({ overflowing: [], illegible: [] });
    }
    expect(faults).toEqual([]);
  });

  it('loads little', async () => {
    const { page, host, requests } = await visit.open();
    await reader.waits(page);
    const kept = await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      const all = await Promise.all(
        (await caches.keys()).map(async (name) => (await caches.open(name)).keys()),
      );
      return all.flat().map(({ url }) => url);
    });
    expect(kept).toContain(host.url);
    const names = new Set([...requests, ...kept].map((url) => url.replace(host.url, '') || 'index.html'));
    const code = [...names, 'service-worker.js'].filter(
      (name) => !name.startsWith('assets/samples/') && !/^(blob|data):/.test(name),
    );
    const sizes = await Promise.all(
      code.map(async (name) => gzipSync(await readFile(join(visit.folder, name))).length),
    );
    expect(code.some((name) => /worker-.*js/.test(name))).toBe(true);
    expect(sizes.reduce((a, b) => a + b)).toBeLessThan(mostBytes);
  });

  it('comes with the licences of what it is made of', async () => {
    const text = await readFile(join(visit.folder, 'licenses.txt'), 'utf8');
    for (const name of ['lit-html', 'protobufjs']) {
      const { version, license } = JSON.parse(await readFile(packageFile(name), 'utf8')) as Record<
        string,
        string
      >;
      expect(text).toContain(`${name} ${version} (${license})`);
      expect(text).toContain((await readFile(packageFile(name, 'LICENSE'), 'utf8')).trim());
    }
    expect(text).toContain('TensorFlow.js');
    expect(text.match(/Apache License\s+Version 2.0, January 2004/g)!.length).toBeGreaterThan(1); // ours, and another's
  });
}

/** A file of an installed package. */
function packageFile(name: string, file = 'package.json'): string {
  const main = createRequire(import.meta.url).resolve(name);
  const folder = join('node_modules', name);
  return join(main.slice(0, main.lastIndexOf(folder)), folder, file);
}
