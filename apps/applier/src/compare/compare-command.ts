import { stat } from 'node:fs/promises';
import { checkOutputFile } from '@diffprune/command-line';
import { writeFileAtomically } from '@diffprune/files/node';
import { showDownload } from '@diffprune/hub';
import { readBase } from '@diffprune/inference/node';
import { readDiff } from '@diffprune/sparse-diff/node';
import { analyseDiffs, type Comparison, type ReadDiff } from './analyse-diffs.ts';
import { comparisonPage } from './comparison-page.ts';
import { comparisonText } from './comparison-text.ts';

export interface CompareOptions {
  readonly base?: string;
  readonly json?: boolean;
  /** The page to write. */
  readonly html?: string;
}

/** Prints what diffs of one base change, and what they share; with `html`, writes it as a page, too. */
export async function compareCommand(
  paths: readonly string[],
  { base, json, html }: CompareOptions,
): Promise<void> {
  if (html !== undefined) await checkPage('--html', html, paths, base);
  const comparison = await compareFiles(paths, base);
  process.stdout.write(json ? `${JSON.stringify(comparison, null, 2)}\n` : comparisonText(comparison));
  if (html !== undefined) await writePage(html, comparison);
}

/** Refuses a page that could not be written in the end. */
export async function checkPage(
  option: string,
  path: string,
  diffs: readonly string[],
  base: string | undefined,
): Promise<void> {
  for (const diff of diffs) await checkOutputFile(option, path, { 'the diff': diff, '--base': base });
}

/** Writes the page of a comparison. */
export async function writePage(path: string, comparison: Comparison): Promise<void> {
  await writeFileAtomically(path, await comparisonPage(comparison));
  process.stderr.write(`wrote ${path}\n`);
}

/** Analyses the diffs of these files. */
export async function compareFiles(paths: readonly string[], base: string | undefined): Promise<Comparison> {
  const names = shortNames(paths);
  const read: ReadDiff[] = [];
  for (const [i, path] of paths.entries()) {
    const diff = await readDiff(path);
    read.push({ path, name: names[i]!, bytes: (await stat(path)).size, diff });
  }
  if (base === undefined) return analyseDiffs(read);
  return analyseDiffs(read, await showDownload(process.stderr, (view) => readBase(base, view)));
}

/** Each path by as many of its last parts as tell it from the others, without the file's ending, and without what all share. */
export function shortNames(paths: readonly string[]): string[] {
  let parts = paths.map((path) => path.replace(/\.sdiff$/, '').split(/[\\/]+/));
  const last = parts[0]!.at(-1);
  const isLonger = parts.every(({ length }) => length > 1);
  if (paths.length > 1 && isLonger && parts.every((each) => each.at(-1) === last))
    parts = parts.map((each) => each.slice(0, -1));
  const longest = Math.max(...parts.map(({ length }) => length));
  for (let count = 1; count < longest; count++) {
    const names = parts.map((each) => each.slice(-count).join('/'));
    if (new Set(names).size === new Set(paths).size) return names;
  }
  return parts.map((each) => each.join('/'));
}
