import { probability, share, short, size, time, whole } from './format.ts';

it('counts', () => {
  expect(whole(1453952)).toBe('1,453,952');
  const counts = [0, 847, 999, 1000, 1847, 9949, 9951, 23_400, 999_499, 999_600, 1_234_567, 109_482_240];
  expect(counts.map(short)).toEqual([
    '0',
    '847',
    '999',
    '1.0k',
    '1.8k',
    '9.9k',
    '10k',
    '23k',
    '999k',
    '1.0M',
    '1.2M',
    '109M',
  ]);
});

it('weighs', () => {
  expect([0, 999, 1000, 25_830, 2_963_000, 1.34e9].map(size)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '25.8 kB',
    '3.0 MB',
    '1.3 GB',
  ]);
});

it('shares out', () => {
  expect([0, 1e-7, 0.0001, 0.004999, 0.0999, 0.5, 1].map(share)).toEqual([
    '0.00%',
    '<0.01%',
    '0.01%',
    '0.50%',
    '9.99%',
    '50%',
    '100%',
  ]);
  const probabilities = [0, 1e-9, 0.0005, 0.9754, 0.9994, 0.99951, 1];
  expect(probabilities.map(probability)).toEqual([
    '0.0%',
    '<0.1%',
    '0.1%',
    '97.5%',
    '99.9%',
    '>99.9%',
    '100.0%',
  ]);
});

it('times', () => {
  expect([0, 0.004, 0.03, 0.9949, 1, 12.34, 99.6, 250.4, 1234].map(time)).toEqual([
    '<0.1 ms',
    '<0.01 ms',
    '0.03 ms',
    '0.99 ms',
    '1.0 ms',
    '12.3 ms',
    '100 ms',
    '250 ms',
    '1.2 s',
  ]);
});
