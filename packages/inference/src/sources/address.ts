import { SourceError } from './source-error.ts';

/** Whether it is an address: a `URL`, or a string with a scheme, or one that begins with `/`, `./` or `../`. */
export function isAddress(source: string | URL): boolean {
  return source instanceof URL || /^([a-z][a-z0-9+.-]*:|\.{0,2}\/)/i.test(source);
}

/**
 * An address in full, without what follows `#`; one without a scheme is relative to the page.
 *
 * @throws SourceError for what is no address, or is relative where there is no page
 */
export function absoluteAddress(source: string | URL): string {
  const page = typeof document === 'undefined' ? globalThis.location?.href : document.baseURI;
  try {
    const url = new URL(source, page);
    url.hash = '';
    return url.href;
  } catch {
    const where = page === undefined ? 'expected one with a scheme, such as https://' : `relative to ${page}`;
    throw new SourceError(String(source), 'missing', `it is no address, ${where}`);
  }
}
