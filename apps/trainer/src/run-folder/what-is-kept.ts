import { existsSync } from 'node:fs';
import { programNames } from '@diffprune/command-line';
import type { RunFolder } from './run-folder.ts';
import type { Settings } from '../settings/settings.ts';
import { shellQuote } from '../format.ts';

/**
 * For a run that failed: what of its work is kept, and how to get the rest.
 *
 * @param command that goes on with the run
 * @param trained the settings of a run that writes a diff
 */
export function whatIsKept(
  folder: RunFolder,
  command: 'train' | 'pretrain',
  trained?: Pick<Settings, 'task' | 'base' | 'data'>,
): string {
  const shell = (...words: string[]): string =>
    `  ${programNames(process.env).train} ${words.map(shellQuote).join(' ')}`;
  const resume = shell(command, '--out', folder.path, '--resume');
  const diff = trained && folder.diff(trained.task);
  if (diff !== undefined && existsSync(diff)) {
    const { base, data } = trained!;
    const evaluate = shell('evaluate', '--base', base, '--diff', diff, '--data', data);
    return `what was learnt is in ${diff}. Get its scores with:\n${evaluate}\nor all that is missing with:\n${resume}`;
  }
  return existsSync(folder.checkpoint)
    ? `the last checkpoint is kept. Go on with:\n${resume}`
    : 'there was no checkpoint yet';
}
