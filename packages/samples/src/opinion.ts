import { pick } from './random.ts';
import { sentence } from './text.ts';

export const opinionLabels = ['negative', 'positive'] as const;
type Polarity = (typeof opinionLabels)[number];

/** More weight for a template. */
function repeat(times: number, template: string): string[] {
  return new Array<string>(times).fill(template);
}

/**
 * A grammar of opinions. `{+x}` stands for an x of the polarity in hand, `{-x}` for one of the other, `{x}` for
 * one without. So one list of templates serves both polarities; negation and contrast turn a word's polarity
 * round, and the polarity of a sentence is that of its main clause. Repeated templates are more frequent.
 */
const templates = {
  opinion: [
    ...repeat(6, '{+clause} .'),
    ...repeat(2, '{+clause} , and {+clause} .'),
    '{-clause} , but {+clause} .',
    'although {-clause} , {+clause} .',
    '{+clause} , even though {-clause} .',
    'I expected {+anything} , and {+clause} .',
    'we had expected {-anything} , but {+clause} .',
  ],
  clause: [
    ...repeat(4, '{topic} was {degree} {+quality}'),
    ...repeat(2, '{topic} was {+quality} and {+quality}'),
    ...repeat(3, 'I found {topic} {degree} {+quality}'),
    ...repeat(3, 'we {+verb} {topic}'),
    ...repeat(3, 'my {person} {+verb} {topic}'),
    '{topic} was not {-quality}',
    '{topic} was never {-quality}',
    'nobody could call {topic} {-quality}',
    'there was nothing {-quality} about {topic}',
    'I did not find {topic} {-quality}',
    'I never {-verb} {topic}',
  ],
  anything: ['something {+general}', 'a {+general} {event}', 'a {+general} evening'],
};

const neutral = {
  person: ['sister', 'brother', 'mother', 'father', 'friend', 'neighbour', 'wife', 'husband', 'colleague'],
  event: ['meal', 'show', 'holiday', 'tour', 'weekend', 'performance'],
  degree: ['', 'very', 'really', 'quite', 'rather', 'truly', 'simply', 'surprisingly'],
};

type Words = Record<Polarity, readonly string[]>;

const general: Words = {
  positive: ['good', 'great', 'lovely', 'wonderful', 'excellent', 'superb', 'pleasant', 'perfect'],
  negative: ['bad', 'poor', 'awful', 'terrible', 'horrible', 'dreadful', 'disappointing', 'mediocre'],
};

const verb: Words = {
  positive: ['loved', 'enjoyed', 'liked', 'admired', 'praised', 'recommended'],
  negative: ['hated', 'disliked', 'detested', 'criticised', 'despised', 'mocked'],
};

/** What opinions are about, and what only that can be. */
const domains: readonly { readonly topics: readonly string[]; readonly quality: Words }[] = [
  {
    topics: ['soup', 'bread', 'coffee', 'breakfast', 'cake', 'salad', 'cheese', 'rice'],
    quality: {
      positive: ['delicious', 'fresh', 'tasty', 'fragrant', 'crisp'],
      negative: ['bland', 'stale', 'greasy', 'sour', 'soggy'],
    },
  },
  {
    topics: ['room', 'hotel', 'garden', 'pool', 'terrace', 'museum', 'village', 'station'],
    quality: {
      positive: ['clean', 'peaceful', 'cosy', 'beautiful', 'welcoming'],
      negative: ['dirty', 'noisy', 'cramped', 'ugly', 'shabby'],
    },
  },
  {
    topics: ['film', 'story', 'plot', 'ending', 'book', 'play', 'dialogue', 'first chapter'],
    quality: {
      positive: ['clever', 'moving', 'fascinating', 'funny', 'memorable'],
      negative: ['boring', 'tedious', 'predictable', 'clumsy', 'silly'],
    },
  },
  {
    topics: ['waiter', 'guide', 'driver', 'singer', 'pianist', 'manager', 'doctor', 'speaker'],
    quality: {
      positive: ['friendly', 'polite', 'charming', 'patient', 'brilliant'],
      negative: ['rude', 'careless', 'arrogant', 'lazy', 'grumpy'],
    },
  },
];

/** A sentence of the given polarity. */
export function opinion(label: Polarity, uniform: () => number): string {
  return sentence(expand('{+opinion}', label, pick(domains, uniform), uniform));
}

function expand(
  text: string,
  polarity: Polarity,
  domain: (typeof domains)[number],
  uniform: () => number,
): string {
  return text.replace(/\{([+-]?)(\w+)\}/g, (_, sign: string, name: string) => {
    const wanted = sign === '-' ? opposite(polarity) : polarity;
    const about = name === 'clause' ? pick(domains, uniform) : domain;
    const alternatives: Record<string, readonly string[]> = {
      ...templates,
      ...neutral,
      topic: about.topics.map((topic) => `the ${topic}`),
      general: general[wanted],
      quality: [...general[wanted], ...about.quality[wanted]],
      verb: verb[wanted],
    };
    return expand(pick(alternatives[name] ?? [], uniform), wanted, about, uniform);
  });
}

function opposite(polarity: Polarity): Polarity {
  return polarity === 'positive' ? 'negative' : 'positive';
}

/** Every text of the grammar, for the vocabulary. */
export const opinionTexts: readonly string[] = [
  ...[...Object.values(templates), ...Object.values(neutral)].flat(),
  ...[general, verb, ...domains.map(({ quality }) => quality)].flatMap((words) =>
    Object.values(words).flat(),
  ),
  ...domains.flatMap(({ topics }) => topics),
];
