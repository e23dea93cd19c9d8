/**
 * Loaded before the trainer by a test: ends it as SIGKILL does at the moment that `CRASH_AT` names, `before <file>`
 * or `after <file>` that is renamed to its final name, or `within <file>` as a line is added to it; behind `#`, which
 * such moment of the program it is, from 1. With `fail` before it, `fail before <file>`, the disk is full from then on
 * for that file.
 */
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

const [wanted, count] = (process.env['CRASH_AT'] ?? '').split('#');
let seen = 0;

function moment(name: string): boolean {
  return name === wanted && ++seen === Number(count);
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

const { rename } = promises;
promises.rename = async (from, to) => {
  if (moment(`before ${basename(String(to))}`)) die();
  if (wanted === `fail before ${basename(String(to))}`) {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', path: String(to) });
  }
  await rename(from, to);
  if (moment(`after ${basename(String(to))}`)) die();
};

const { appendFileSync } = fs;
fs.appendFileSync = (path, data, options) => {
  if (moment(`within ${basename(String(path))}`)) {
    appendFileSync(path, String(data).slice(0, String(data).length / 2), options);
    die();
  }
  appendFileSync(path, data, options);
};

syncBuiltinESMExports();
