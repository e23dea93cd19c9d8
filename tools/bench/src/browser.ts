import { chromium, type Browser as Chromium, type Page } from 'playwright-core';
import type { PageFunctions } from './browser-page.ts';

/** A graphics processor that Chromium computes on the CPU. */
const softwareGpu = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--ignore-gpu-blocklist',
];

/** Chromium, with pages of `browser-page.ts`. */
export class Browser {
  private constructor(
    readonly chromium: Chromium,
    readonly url: string,
  ) {}

  /** @param url of a `BrowserServer` */
  static async launch(executablePath: string, url: string): Promise<Browser> {
    const args = ['--no-sandbox', ...softwareGpu];
    return new Browser(await chromium.launch({ executablePath, args }), url);
  }

  get version(): string {
    return this.chromium.version();
  }

  /** Opens a page, which is closed when `use` is done. */
  async page<Result>(use: (page: BrowserPage) => Promise<Result>): Promise<Result> {
    const page = await this.chromium.newPage();
    try {
      page.setDefaultTimeout(0);
      await page.goto(this.url);
      await page.waitForFunction('globalThis.bench');
      return await use(new BrowserPage(page));
    } finally {
      await page.close();
    }
  }

  close(): Promise<void> {
    return this.chromium.close();
  }
}

/** A page that has `browser-page.ts`. */
export class BrowserPage {
  constructor(readonly page: Page) {}

  /** Calls a function of the page. */
  call<Name extends keyof PageFunctions>(
    name: Name,
    ...given: Parameters<PageFunctions[Name]>
  ): ReturnType<PageFunctions[Name]> {
    return this.page.evaluate(`bench.${name}(...${JSON.stringify(given)})`) as ReturnType<
      PageFunctions[Name]
    >;
  }
}
