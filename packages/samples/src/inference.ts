import { pick } from './random.ts';
import type { Scene, Slot } from './scene.ts';
import {
  denyScene,
  describeScene,
  drawFitting,
  generalise,
  incompatibleActivity,
  otherGeneral,
  otherTerm,
  randomAdjective,
  randomScene,
  slots,
} from './scene.ts';

export const inferenceLabels = ['entailment', 'not_entailment'] as const;
type Inference = (typeof inferenceLabels)[number];

/**
 * A premise and a hypothesis that follows from it, or does not. Both labels see the same moves (general terms,
 * dropped details, denials), so that neither sentence gives the label away without the other.
 */
export function inference(label: Inference, uniform: () => number): [premise: string, hypothesis: string] {
  const adjective = uniform() < 0.5 ? randomAdjective(uniform) : '';
  const scene = { ...randomScene(uniform), adjective };
  if (uniform() < 0.15) {
    const activity = label === 'entailment' ? incompatibleActivity(scene.activity, uniform) : scene.activity;
    return [describeScene(scene, uniform), denyScene({ ...scene, activity })];
  }
  if (label === 'entailment') {
    return [describeScene(scene, uniform), describeScene(weaken(scene, slots, uniform), uniform)];
  }
  const broken = pick([...slots, 'adjective'] as const, uniform);
  const rest = slots.filter((slot) => slot !== broken);
  const weaker = weaken(scene, rest, uniform);
  if (broken === 'adjective') {
    const other = { ...weaker, adjective: randomAdjective(uniform, adjective) };
    return [describeScene(scene, uniform), describeScene(other, uniform)];
  }
  const premise = uniform() < 0.2 ? { ...scene, [broken]: generalise(scene[broken]) } : scene;
  const alsoBroken = rest.filter(() => uniform() < 0.5);
  const other = drawFitting(() =>
    [broken, ...alsoBroken].reduce((changed, slot) => replaceTerm(changed, slot, uniform), weaker),
  );
  return [describeScene(premise, uniform), describeScene(other, uniform)];
}

/** A scene that follows from another: some terms made general, the place or the adjective left out. */
function weaken(scene: Scene, weakened: readonly Slot[], uniform: () => number): Scene {
  let weaker = uniform() < 0.5 ? { ...scene, adjective: '' } : scene;
  for (const slot of weakened) {
    if (uniform() < 0.4) weaker = { ...weaker, [slot]: generalise(scene[slot]) };
  }
  const leaveOut = weakened.includes('place') && uniform() < 0.2;
  return leaveOut ? { ...weaker, place: { ...scene.place, text: '' } } : weaker;
}

/** Another term, or the general term of another kind, in one slot. */
function replaceTerm(scene: Scene, slot: Slot, uniform: () => number): Scene {
  const term =
    uniform() < 0.4
      ? otherGeneral(slot, scene[slot], uniform)
      : otherTerm(slot, scene[slot], pick(['sister', 'stranger'], uniform), uniform);
  return { ...scene, [slot]: term };
}
