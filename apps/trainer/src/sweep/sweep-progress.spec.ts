import { Writable } from 'node:stream';
import { SweepProgress } from './sweep-progress.ts';

it('shows what runs, what is done, and the time that is left', () => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk).trimEnd());
      done();
    },
  }) as unknown as NodeJS.WriteStream;
  let now = 0;
  const progress = new SweepProgress(stream, 6, 1, () => now);
  progress.begin('a');
  progress.begin('b');
  now = 10;
  progress.status('a', 'epoch 1'); // too soon to be shown
  now = 40;
  progress.status('b', 'epoch 2');
  progress.end('a', 'finished');
  progress.begin('c');
  now = 60;
  progress.begin('b');
  progress.end('b', 'failed');
  progress.end('d', 'finished'); // of another process
  expect(lines).toEqual([
    'begun: a',
    'begun: b',
    '1 of 6 runs are done, 2 running; epoch 2 (b)',
    // four runs of 40 s each, two at a time, of which b has had its time
    'finished: a (40 s); 2 of 6 runs are done, 1 running, 1 min 00 s left; epoch 2 (b)',
    'begun: c',
    'going on with b',
    // the mean is 50 s, c has had 20 of them
    'failed: b (1 min 00 s); 3 of 6 runs are done, 1 running, 1 min 05 s left',
    'finished: d; 4 of 6 runs are done, 1 running, 40 s left',
  ]);
});
