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

/**
 * What can fill each part of a scene. It is few terms: a small model, in a short training, has to meet each often enough
 * in both sentences of a pair to find which of them go together.
 */
const lexicon: Record<Slot, readonly Kind[]> = {
  actor: [
    { general: 'adult', terms: ['man', 'woman'] },
    { general: 'child', terms: ['boy', 'girl'] },
    { general: 'animal', terms: ['dog', 'cat'], animals: true },
  ],
  activity: [
    { general: 'making music', terms: ['playing the guitar', 'singing a song'], peopleOnly: true },
    { general: 'reading something', terms: ['reading a book', 'reading a letter'], peopleOnly: true },
    { general: 'moving around', terms: ['running', 'walking'] },
    { general: 'resting', terms: ['lying down', 'sitting still'] },
  ],
  place: [
    { general: 'outside', terms: ['in the park', 'on the beach'] },
    { general: 'inside', terms: ['in the kitchen', 'in the library'] },
  ],
};

const adjectives = ['tall', 'small', 'old', 'young', 'happy', 'tired', 'thin', 'quiet', 'friendly', 'hungry'];

export type Slot = 'actor' | 'activity' | 'place';
export const slots: readonly Slot[] = ['actor', 'activity', 'place'];

export interface Term {
  readonly text: string;
  readonly kind: Kind;
}

/** Somebody doing something somewhere; the adjective may be empty. */
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

export function randomAdjective(uniform: () => number): string {
  return pick(adjectives, uniform);
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
const claims = {
  activity: 'the {actor} is {activity} .',
  place: 'the {actor} is {place} .',
  both: 'the {actor} is {activity} {place} .',
};

/** What a claim says of its actor. */
export type Claim = keyof typeof claims;
export const claimNames = Object.keys(claims) as Claim[];

/** Says a scene in one of several forms. */
export function describeScene(scene: Scene, uniform: () => number): string {
  return fill(pick(forms, uniform), { ...texts(scene), actor: `a ${scene.adjective} ${scene.actor.text}` });
}

/** Says that somebody known does what the scene says, or is where it says, or both. */
export function claimOf(scene: Scene, claim: Claim): string {
  return fill(claims[claim], texts(scene));
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
  ...Object.values(claims),
  'a an',
];
