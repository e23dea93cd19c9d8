import { html, type TemplateResult } from 'lit';
import { probability } from '../format.ts';

/** Labels with their probabilities, as a list of bars that keeps its order. */
export function bars(
  labels: readonly string[],
  chosen: string | undefined,
  probabilities: ReadonlyMap<string, number> | undefined,
): TemplateResult {
  return html`<ul class="bars">
    ${labels.map((label) => {
      const value = probabilities?.get(label) ?? 0;
      return html`<li class=${label === chosen ? 'chosen' : ''}>
        <span class="label">${label.replaceAll('_', ' ')}</span>
        <span class="bar" aria-hidden="true"
          ><span style="transform: scaleX(${value.toFixed(4)})"></span
        ></span>
        <data class="value" value=${probabilities === undefined ? '' : value}
          >${probabilities === undefined ? '' : probability(value)}</data
        >
      </li>`;
    })}
  </ul>`;
}
