import { pick } from './random.ts';
import { sentence } from './text.ts';

/** Terms of one kind, with the expression that covers them all. */
interface Kind {
  readonly general: string;
  readonly terms: readonly string[];
  /** Set on actors that can do only some of the activities. */
  readonly animals?: true;
  /** Set on the activities that those actors cannot do. */
  readonly peopleOnly?: true;
}

/** What can fill each part of a scene. */
const lexicon: Record<Slot, readonly Kind[]> = {
  actor: [
    { general: 'adult', terms: ['man', 'woman', 'farmer', 'teacher', 'nurse', 'soldier', 'baker'] },
    { general: 'child', terms: ['boy', 'girl', 'toddler', 'pupil', 'scout'] },
    { general: 'animal', terms: ['dog', 'cat', 'horse', 'cow', 'rabbit', 'goat'], animals: true },
  ],
  activity: [
    {
      general: 'making music',
      terms: ['playing the guitar', 'playing the piano', 'playing the flute', 'singing a song'],
      peopleOnly: true,
    },
    {
      general: 'preparing food',
      terms: ['cutting an onion', 'frying an egg', 'baking a cake', 'peeling a potato'],
      peopleOnly: true,
    },
    {
      general: 'reading something',
      terms: ['reading a book', 'reading a letter', 'reading a newspaper', 'reading a map'],
      peopleOnly: true,
    },
    {
      general: 'eating something',
      terms: ['eating an apple', 'eating a carrot', 'eating a pear', 'eating some bread'],
    },
    {
      general: 'moving around',
      terms: ['running in circles', 'jumping up and down', 'walking to and fro', 'crawling about'],
    },
    { general: 'resting', terms: ['sleeping', 'lying down', 'sitting still'] },
  ],
  place: [
    {
      general: 'outside',
      terms: [
        'in the park',
        'in the garden',
        'on the beach',
        'in the forest',
        'by the river',
        'in the street',
      ],
    },
    {
      general: 'inside',
      terms: ['in the kitchen', 'in the hall', 'in the barn', 'in the tent', 'in the cellar', 'in the attic'],
    },
  ],
};

const adjectives = ['tall', 'small', 'old', 'young', 'happy', 'tired', 'thin', 'quiet', 'friendly', 'hungry'];

export type Slot = 'actor' | 'activity' | 'place';
export const slots: readonly Slot[] = ['actor', 'activity', 'place'];

export interface Term {
  readonly text: string;
  readonly kind: Kind;
}

/** Somebody doing something somewhere; the adjective, and the text of the place, may be empty. */
export type Scene = Readonly<Record<Slot, Term>> & { readonly adjective: string };

/** A scene of specific terms that go together, without an adjective. */
export function randomScene(uniform: () => number): Scene {
  const term = (slot: Slot): Term => {
    const kind = pick(lexicon[slot], uniform);
    return { text: pick(kind.terms, uniform), kind };
  };
  return drawFitting(() => ({
    actor: term('actor'),
    activity: term('activity'),
    place: term('place'),
    adjective: '',
  }));
}

export function randomAdjective(uniform: () => number, except = ''): string {
  return pick(
    adjectives.filter((adjective) => adjective !== except),
    uniform,
  );
}

/** Another specific term: of the same kind, or of another one. */
export function otherTerm(
  slot: Slot,
  term: Term,
  relation: 'sister' | 'stranger',
  uniform: () => number,
): Term {
  const kind = relation === 'sister' ? term.kind : otherKind(slot, term, uniform);
  const terms = kind.terms.filter((text) => text !== term.text);
  return { text: pick(terms, uniform), kind };
}

/** The expression that covers all terms of another kind. */
export function otherGeneral(slot: Slot, term: Term, uniform: () => number): Term {
  return generalise({ ...term, kind: otherKind(slot, term, uniform) });
}

export function generalise({ kind }: Term): Term {
  return { text: kind.general, kind };
}

function otherKind(slot: Slot, term: Term, uniform: () => number): Kind {
  return pick(
    lexicon[slot].filter((kind) => kind !== term.kind),
    uniform,
  );
}

/** A specific activity that rules the given one out: rest for the busy, motion for the resting. */
export function incompatibleActivity(activity: Term, uniform: () => number): Term {
  const wanted = activity.kind.general === 'resting' ? 'moving around' : 'resting';
  const kind = lexicon.activity.find(({ general }) => general === wanted) as Kind;
  return { text: pick(kind.terms, uniform), kind };
}

/** Draws scenes until one has an actor that can do its activity. */
export function drawFitting(draw: () => Scene): Scene {
  for (;;) {
    const scene = draw();
    if (!(scene.actor.kind.animals && scene.activity.kind.peopleOnly)) return scene;
  }
}

const forms = [
  '{actor} is {activity} {place} .',
  '{place} , {actor} is {activity} .',
  'there is {actor} {activity} {place} .',
] as const;
const denial = 'the {actor} is not {activity} .';

/** Says a scene in one of several forms. */
export function describeScene(scene: Scene, uniform: () => number): string {
  const form = pick(scene.place.text === '' ? [forms[0], forms[2]] : forms, uniform);
  return fill(form, { ...texts(scene), actor: `a ${scene.adjective} ${scene.actor.text}` });
}

/** Says that the scene's actor does not do what the scene says. */
export function denyScene(scene: Scene): string {
  return fill(denial, texts(scene));
}

function texts({ actor, activity, place }: Scene): Record<Slot, string> {
  return { actor: actor.text, activity: activity.text, place: place.text };
}

function fill(form: string, parts: Record<Slot, string>): string {
  return sentence(form.replace(/\{(\w+)\}/g, (_, slot: Slot) => parts[slot]));
}

/** Every text that scenes are made of, for the vocabulary. */
export const sceneTexts: readonly string[] = [
  ...Object.values(lexicon).flatMap((kinds) => kinds.flatMap(({ general, terms }) => [general, ...terms])),
  ...adjectives,
  ...forms,
  denial,
  'a an',
];
