import { pretrainingDefaults } from '../commands/pretraining-flags.ts';
import {
  newPretraining,
  parsePretrainingConfig,
  resumePretraining,
  type GivenPretraining,
} from './pretraining-settings.ts';

const corpus = ['a.txt'];

it('fills up what is given with the defaults', () => {
  expect(newPretraining({ corpus, layers: 4, seed: undefined }, pretrainingDefaults)).toEqual({
    ...pretrainingDefaults,
    corpus,
    layers: 4,
  });
});

it.each<[GivenPretraining, string]>([
  [{}, '--corpus is missing: the text files to learn from'],
  [
    { base: 'x', layers: 2 },
    '--layers has no meaning beside --base, whose sizes and words are kept; leave it out',
  ],
  [{ base: 'x', vocabularySize: 9 }, '--vocabulary-size has no meaning beside --base'],
  [{ vocabulary: 'x', vocabularySize: 9 }, '--vocabulary-size has no meaning beside --vocabulary'],
  [{ steps: 3, epochs: 2 }, '--steps and --epochs both say how long; leave one of them out'],
])('refuses %j', (given, message) => {
  const more = message.startsWith('--corpus') ? {} : { corpus };
  expect(() => newPretraining({ ...more, ...given }, pretrainingDefaults)).toThrow(message);
});

it('goes on with the settings that a run began with', () => {
  const begun = newPretraining({ corpus, steps: 5 }, pretrainingDefaults);
  expect(resumePretraining({ steps: 5, corpus: ['a.txt'] }, begun, 'run')).toEqual(begun);
  expect(resumePretraining({ threads: 3 }, begun, 'run')).toEqual({ ...begun, threads: 3 });
  expect(() => resumePretraining({ steps: 6 }, begun, 'run')).toThrow(
    '--steps is 6, but the run in run began with 5; leave the option out to go on with that run',
  );
});

it('reads its config.json and refuses that of another kind of run', () => {
  const config = {
    kind: 'pretraining',
    settings: newPretraining({ corpus }, pretrainingDefaults),
    versions: { trainer: '1', node: '2' },
  };
  expect(parsePretrainingConfig(JSON.stringify(config), 'config.json')).toEqual(config);
  for (const text of ['{', 'null', '{}', '{"settings":{"task":"sst2"}}', '{"kind":"pretraining"}']) {
    expect(() => parsePretrainingConfig(text, 'run/config.json')).toThrow(
      'run/config.json does not describe a pretraining run; choose another --out',
    );
  }
});
