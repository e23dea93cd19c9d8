import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** This package's version. */
export const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** Where the page is built, in the workspace and in the published package. */
export const pageFolder = fileURLToPath(new URL('../web/dist', import.meta.url));
