import { html, nothing, type TemplateResult } from 'lit';
import { share, size } from '../format.ts';
import type { TaskFacts } from '../worker/protocol.ts';

/** What the file says of itself. */
export function fileCard({ manifest, bytes, memory }: TaskFacts): TemplateResult {
  const { task, method, head, labels, density, metrics, base, producers, hyperparameters, annotations } =
    manifest;
  return html`<section class="card file" aria-labelledby="file-title">
    <h2 id="file-title">What the file says</h2>
    <dl class="facts">
      ${facts({
        task,
        method,
        ...scores(metrics),
        head: labels.length === 0 ? head : `${head}: ${labels.join(', ')}`,
        density: share(density),
        file: `${size(bytes)}, ${size(memory)} in memory`,
        'made by': Object.entries(producers)
          .map((each) => each.join(' '))
          .join(', '),
        ...annotations,
        'base’s fingerprint': html`<code>${base.fingerprint}</code>`,
      })}
    </dl>
    ${
      Object.keys(hyperparameters).length === 0
        ? nothing
        : html`<details>
            <summary>How it was trained</summary>
            <dl class="facts">${facts(hyperparameters)}</dl>
          </details>`
    }
  </section>`;
}

function facts(named: Readonly<Record<string, unknown>>): TemplateResult[] {
  return Object.entries(named)
    .filter(([, value]) => value !== '')
    .map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>
            ${typeof value === 'number' ? rounded(value) : value instanceof Object ? value : String(value)}
          </dd>`,
    );
}

const rounded = (value: number): string => String(Number(value.toPrecision(4)));

/** `dev/accuracy` is the accuracy on rows that were not trained on. */
function scores(metrics: TaskFacts['manifest']['metrics']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [
      name.replace('/', ' '),
      typeof value === 'number' ? value.toFixed(3) : String(value),
    ]),
  );
}
