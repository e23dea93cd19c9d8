import { pick } from './random.ts';
import type { Slot } from './scene.ts';
import { describeScene, drawFitting, otherTerm, randomScene, slots } from './scene.ts';

const relations = ['same', 'sister', 'stranger'] as const;
type Relation = (typeof relations)[number];

/** What a difference in each part of a scene takes off the score; the largest add up to 5. */
const distance: Record<Slot, Record<Relation, number>> = {
  actor: { same: 0, sister: 0.75, stranger: 1.5 },
  activity: { same: 0, sister: 1, stranger: 2.25 },
  place: { same: 0, sister: 0.5, stranger: 1.25 },
};

/**
 * Two scenes and how alike they are, from 0 (nothing in common) to 5 (they say the same): each part may be the
 * same, another of its kind, or of another kind. The form of the sentences does not matter.
 */
export function similarity(uniform: () => number): { first: string; second: string; score: number } {
  const scene = randomScene(uniform);
  let score = 0;
  const other = drawFitting(() => {
    score = 5;
    let changed = scene;
    for (const slot of slots) {
      const relation = pick(relations, uniform);
      score -= distance[slot][relation];
      if (relation !== 'same') {
        changed = { ...changed, [slot]: otherTerm(slot, scene[slot], relation, uniform) };
      }
    }
    return changed;
  });
  return { first: describeScene(scene, uniform), second: describeScene(other, uniform), score };
}
