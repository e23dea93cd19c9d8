import { generateTask } from './generate.ts';
import type { SampleTaskName } from './tasks.ts';

const rows = (name: SampleTaskName) =>
  generateTask(name, { seed: 3 })
    .train.trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));

/** A reader of opinions, written apart from the grammar: main clause, then negation, then the words. */
function readOpinion(text: string): string {
  const pleased = new Set(
    (
      'good great lovely wonderful excellent superb pleasant perfect loved enjoyed liked admired praised ' +
      'recommended delicious fresh tasty fragrant crisp clean peaceful cosy beautiful welcoming clever moving ' +
      'fascinating funny memorable friendly polite charming patient brilliant'
    ).split(' '),
  );
  const displeased = new Set(
    (
      'bad poor awful terrible horrible dreadful disappointing mediocre hated disliked detested criticised ' +
      'despised mocked bland stale greasy sour soggy dirty noisy cramped ugly shabby boring tedious predictable ' +
      'clumsy silly rude careless arrogant lazy grumpy'
    ).split(' '),
  );
  const clauses = text.toLowerCase().replace('.', '').split(', ');
  const main =
    /^although/.test(text.toLowerCase()) || /^but/.test(clauses[1] ?? '') ? clauses[1] : clauses[0];
  const words = main?.split(' ') ?? [];
  const sum = words.reduce((s, word) => s + Number(pleased.has(word)) - Number(displeased.has(word)), 0);
  const negated = words.some((word) => ['not', 'never', 'nobody', 'nothing'].includes(word));
  return sum > 0 !== negated ? 'positive' : 'negative';
}

/** General expressions and what they cover, written apart from the lexicon. */
const covers: Record<string, RegExp> = {
  adult: /^(man|woman)$/,
  child: /^(boy|girl)$/,
  animal: /^(dog|cat)$/,
  'making music': /^(playing the guitar|singing a song)$/,
  'reading something': /^reading a (book|letter)$/,
  'moving around': /^(running|walking)$/,
  resting: /^(lying down|sitting still)$/,
  outside: /(park|beach)$/,
  inside: /(kitchen|library)$/,
};
const kindOf = (term: string) => Object.keys(covers).find((general) => covers[general]!.test(term));

/** The specific terms of a described scene. */
function parseScene(text: string): { actor: string; activity: string; place: string } {
  const plain = text.toLowerCase().replace('.', '');
  const fronted = /^(.+), (an? .+)$/.exec(plain);
  const rest = (fronted?.[2] ?? plain).replace(/^there is /, '').replace(' is ', ' ');
  const where = / ((in|on) the \w+)$/.exec(rest);
  const [, noun = '', activity = ''] =
    /^an? (.+?) (\w+ing\b.*)$/.exec(where ? rest.slice(0, where.index) : rest) ?? [];
  return { actor: noun.split(' ').at(-1) ?? '', activity, place: fronted?.[1] ?? where?.[1] ?? '' };
}

function infer(premise: string, hypothesis: string): string {
  const { actor, activity, place } = parseScene(premise);
  const [, who, does, , where] = /^The (\w+) is (.*?)( ?(outside|inside))?\.$/.exec(hypothesis) ?? [];
  const follows =
    who === kindOf(actor) &&
    (does === '' || does === kindOf(activity)) &&
    (where === undefined || where === kindOf(place));
  return follows ? 'entailment' : 'not_entailment';
}

describe('labels', () => {
  it('of opinions are what a reader would say', () => {
    for (const [text = '', label] of rows('opinion'))
      expect([text, readOpinion(text)]).toEqual([text, label]);
  });

  it('of inferences are what follows', () => {
    for (const [, premise = '', hypothesis = '', label] of rows('inference')) {
      expect([premise, hypothesis, infer(premise, hypothesis)]).toEqual([premise, hypothesis, label]);
    }
  });

  it('of similarity count what differs', () => {
    const weights = { actor: [0.75, 1.5], activity: [1, 2.25], place: [0.5, 1.25] } as const;
    for (const [, first = '', second = '', label] of rows('similarity')) {
      const [a, b] = [parseScene(first), parseScene(second)];
      const score = (Object.keys(weights) as (keyof typeof weights)[]).reduce((left, part) => {
        if (a[part] === b[part]) return left;
        return left - weights[part][kindOf(a[part]) === kindOf(b[part]) ? 0 : 1];
      }, 5);
      expect([first, second, score.toFixed(3)]).toEqual([first, second, label]);
    }
  });
});
