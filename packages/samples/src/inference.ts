import { pick } from './random.ts';
import type { Claim, Scene, Slot } from './scene.ts';
import {
  claimNames,
  claimOf,
  describeScene,
  drawFitting,
  generalise,
  otherGeneral,
  randomAdjective,
  randomScene,
  slots,
} from './scene.ts';

export const inferenceLabels = ['entailment', 'not_entailment'] as const;
type Inference = (typeof inferenceLabels)[number];

/** The parts of a scene that a claim speaks of. */
const said: Record<Claim, readonly Slot[]> = {
  activity: ['actor', 'activity'],
  place: ['actor', 'place'],
  both: slots,
};

/**
 * A scene, and a claim about it in general terms that follows from it, or does not, because at least one of them covers
 * something else. Both labels see the same terms and forms, so that neither sentence gives the label away without the
 * other.
 */
export function inference(label: Inference, uniform: () => number): [premise: string, hypothesis: string] {
  const adjective = uniform() < 0.5 ? randomAdjective(uniform) : '';
  const scene = { ...randomScene(uniform), adjective };
  const claim = pick(claimNames, uniform);
  const claimed = drawFitting(() => {
    const wrong = label === 'entailment' ? [] : someOf(said[claim], uniform);
    return generaliseScene(scene, wrong, uniform);
  });
  return [describeScene(scene, uniform), claimOf(claimed, claim)];
}

/** One of the slots, and each other one as often as not. */
function someOf(all: readonly Slot[], uniform: () => number): Slot[] {
  const first = pick(all, uniform);
  return all.filter((slot) => slot === first || uniform() < 0.5);
}

/** The scene in general terms, in some slots those of another kind. */
function generaliseScene(scene: Scene, wrong: readonly Slot[], uniform: () => number): Scene {
  const term = (slot: Slot) =>
    wrong.includes(slot) ? otherGeneral(slot, scene[slot], uniform) : generalise(scene[slot]);
  return { ...scene, actor: term('actor'), activity: term('activity'), place: term('place') };
}
