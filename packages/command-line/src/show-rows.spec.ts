import { showRows } from './show-rows.ts';

/** What is written when a batch of 10 rows of 100 takes so many seconds. */
function shown(isTTY: boolean, seconds: number): string {
  let [text, time] = ['', 0];
  const write = (part: string): unknown => (text += part);
  const view = showRows({ isTTY, write }, () => time);
  for (let done = 10; done <= 100; done += 10) {
    view.rows('dev', done, 100);
    time += seconds;
  }
  view.end();
  return text;
}

it('says nothing of what is quick', () => {
  expect([shown(true, 0.05), shown(false, 1)]).toEqual(['', '']);
});

it('writes a line every ten seconds where there is no terminal', () => {
  expect(shown(false, 4)).toBe('dev: 40 of 100 rows\ndev: 70 of 100 rows\ndev: 100 of 100 rows\n');
});

it('writes one line over and over on a terminal, and takes it away', () => {
  const lines = [60, 70, 80, 90, 100].map((done) => `\r\x1b[Kdev: ${done} of 100 rows`);
  expect(shown(true, 0.101)).toBe(`${lines.join('')}\r\x1b[K`);
});

it('begins anew with other rows', () => {
  let [text, time] = ['', 0];
  const view = showRows({ write: (part) => (text += part) }, () => time);
  for (const name of ['dev_matched', 'dev_mismatched']) {
    for (let done = 1; done <= 2; done++, time += 9) view.rows(name, done, 2);
  }
  expect(text).toBe('');
});
