import type { FoundAnswer } from '@diffprune/inference';
import { html, nothing, type TemplateResult } from 'lit';
import { bars } from './bars.ts';

const none = 'no answer';

/** The answer to a question, marked where it stands, and what else it might be. */
export function foundAnswer(answer: FoundAnswer | undefined, context: string): TemplateResult {
  if (answer === undefined) return html`<p class="placeholder"></p>`;
  const passages = [answer, ...answer.alternatives].slice(0, 5);
  const probabilities = new Map(passages.map(({ text, probability }) => [text || none, probability]));
  const { start, end } = answer;
  const found = [
    context.slice(0, start),
    html`<mark>${context.slice(start, end)}</mark>`,
    context.slice(end),
  ];
  const content = answer.text === '' ? context : found;
  return html`<p class="context">${content}</p>
    ${bars([...probabilities.keys()], answer.text || none, probabilities)}
    ${answer.text === '' ? html`<p>The text does not answer it.</p>` : nothing}`;
}
