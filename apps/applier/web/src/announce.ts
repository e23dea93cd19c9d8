import { probability } from './format.ts';
import type { Said, State } from './state.ts';

/** Milliseconds without a change after which an answer is said: not one for each letter. */
const delay = 800;

let timer: ReturnType<typeof setTimeout> | undefined;
let last: State['said'] | undefined;

/** Says answers to who listens to the page. */
export function announce({ said, asking }: State): void {
  if (said === last || asking) return;
  last = said;
  clearTimeout(timer);
  timer = setTimeout(() => {
    const region = document.getElementById('spoken')!;
    region.textContent = Array.from(said, ([task, each]) => `${task}: ${inWords(each)}`).join('; ');
  }, delay);
}

function inWords({ reply, problem }: Said): string {
  if (problem !== undefined) return problem;
  const { answer } = reply;
  if (answer.kind === 'found')
    return answer.text === '' ? answer.label : `${answer.text}, ${probability(answer.probability)}`;
  if (answer.label === undefined) return answer.score.toFixed(2);
  return `${answer.label.replaceAll('_', ' ')}, ${probability(answer.probabilities.get(answer.label)!)}`;
}
