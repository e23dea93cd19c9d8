import { html, type TemplateResult } from 'lit';
import { knownTask } from '../known-tasks.ts';
import type { Said } from '../state.ts';
import type { TaskFacts } from '../worker/protocol.ts';
import { bars } from './bars.ts';
import { foundAnswer } from './found-answer.ts';
import { scoreScale } from './score-scale.ts';

/** An answer as its kind is best seen; before the first one, the place where it will be. */
export function answerView(task: TaskFacts, said: Said | undefined): TemplateResult {
  if (said?.problem !== undefined) return html`<p class="problem">${said.problem}</p>`;
  const answer = said?.reply.answer;
  if (task.manifest.head === 'span') {
    const context = said !== undefined && 'context' in said.input ? said.input.context : '';
    return foundAnswer(answer?.kind === 'found' ? answer : undefined, context);
  }
  const classified = answer?.kind === 'classified' ? answer : undefined;
  if (task.labels.length === 0) return scoreScale(classified?.score, knownTask(task.manifest.task).range);
  return bars(task.labels, classified?.label, classified?.probabilities);
}
