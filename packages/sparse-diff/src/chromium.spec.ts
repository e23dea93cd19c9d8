import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromiumPath } from '@diffprune/testing/chromium';
import { chromium } from 'playwright-core';
import { bundledSpecs } from './bundle.ts';

const describeInChromium = chromiumPath ? describe : describe.skip;

describeInChromium('in Chromium', () => {
  it('every spec passes that needs no Node', async () => {
    const script = await bundledSpecs();
    const server = createServer((request, response) => {
      // Isolated, so that the page has SharedArrayBuffer.
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      const isScript = request.url === '/specs.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<!doctype html><script type="module" src="/specs.js"></script>');
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
      await page.waitForLoadState('load');
      expect(errors).toEqual([]);
      const result = await page.evaluate<{ passed: number; failed: string[] }>('runSpecs()');
      expect(result.failed).toEqual([]);
      expect(result.passed).toBeGreaterThan(45);
    } finally {
      await browser.close();
      server.close();
    }
  });
});
