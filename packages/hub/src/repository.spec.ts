import fc from 'fast-check';
import { describe as describeRepository, parseHubId } from './repository.ts';

describe('parseHubId', () => {
  it.each([
    ['bert-base-uncased', { name: 'bert-base-uncased', revision: 'main' }],
    ['bert-base-uncased@v1.0', { name: 'bert-base-uncased', revision: 'v1.0' }],
    ['google/bert_uncased_L-2_H-128_A-2', { name: 'google/bert_uncased_L-2_H-128_A-2', revision: 'main' }],
    ['nyu-mll/glue@refs/convert/parquet', { name: 'nyu-mll/glue', revision: 'refs/convert/parquet' }],
  ])('reads %s', (text, expected) => expect(parseHubId(text)).toEqual(expected));

  it.each([
    ...[
      '',
      '.',
      '..',
      './x',
      '../x',
      '/x',
      '~/x',
      'a/b/c',
      'a/',
      '/',
      'a//b',
      'a\\b',
      'C:\\x',
      'a b',
      'x.git',
    ],
    ...['a--b', 'a..b', '-a', 'a.', 'a@', 'a@/x', 'a@x/', 'a@..', 'a@x/../y', 'a@x y', 'a@x@y', 'a@\0'],
    `${'a'.repeat(97)}`,
  ])('takes %j for no id', (text) => expect(parseHubId(text)).toBeUndefined());

  it('never gives a name or revision that leaves its folder', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab./\\@-~:'), maxLength: 12 });
    fc.assert(
      fc.property(text, (text) => {
        const { name, revision } = parseHubId(text) ?? { name: 'a', revision: 'b' };
        for (const part of [...name.split('/'), ...revision.split('/')])
          expect(part).toMatch(/^[^.\\:~][^\\:~]*$/);
      }),
    );
  });
});

it('a repository is named with its revision unless it is main', () => {
  const repository = { type: 'dataset', name: 'a/b', revision: 'main' } as const;
  expect(describeRepository(repository)).toBe('dataset a/b');
  expect(describeRepository({ ...repository, revision: 'v1' })).toBe('dataset a/b@v1');
});
