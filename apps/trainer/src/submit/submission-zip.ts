import { strToU8, zipSync } from 'fflate';

/**
 * A zip file of texts, all in its root. Equal texts give equal bytes: entries have no time of their own but the first
 * that the format knows.
 *
 * @param files by name, in the order that they have in the zip file
 */
export function zipTexts(files: ReadonlyMap<string, string>): Uint8Array {
  const entries = Object.fromEntries([...files].map(([name, text]) => [name, strToU8(text)]));
  // by the clock of this machine, as the format has it, so that its time zone makes no difference
  return zipSync(entries, { level: 9, mtime: new Date(1980, 0, 1) });
}
