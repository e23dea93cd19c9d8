import { html, nothing, type TemplateResult } from 'lit';
import { share, short, whole } from '../format.ts';
import type { State } from '../state.ts';
import type { PartChanges, TaskFacts } from '../worker/protocol.ts';

/** Where a diff changes the base: layers by what is in them, and what is outside of layers. The map is a table. */
export function changeMap({ parts, changed, brought }: TaskFacts, { base }: State): TemplateResult {
  const inLayers = parts.filter(({ layer }) => layer !== undefined);
  const outside = parts.filter(({ layer }) => layer === undefined);
  const columns = [...new Set(inLayers.map(({ part }) => part))];
  const layers = [...new Set(inLayers.map(({ layer }) => layer!))];
  const most = Math.max(...parts.map(densityOf));
  const cell = (each: PartChanges | undefined) =>
    each === undefined
      ? html`<td></td>`
      : html`<td style="--shade: ${shadeOf(each, most)}%" title=${inWords(each)}>${short(each.changed)}</td>`;
  return html`<section class="card map" aria-labelledby="map-title">
    <h2 id="map-title">Where the change lies</h2>
    <p>
      ${whole(changed)} of ${whole(base?.parameters ?? 0)} numbers,
      ${share(changed / (base?.parameters ?? 1))}${
        brought === 0 ? nothing : html`; and ${whole(brought)} of its own, for the head`
      }.
    </p>
    <table class="heat">
      <caption class="hidden">
        Changed entries by layer and part
      </caption>
      <thead>
        <tr>
          <th scope="col">layer</th>
          ${columns.map((column) => html`<th scope="col">${hyphenated[column] ?? column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${layers.map(
          (row) =>
            html`<tr>
              <th scope="row">${row + 1}</th>
              ${columns.map((column) => cell(inLayers.find(({ layer, part }) => layer === row && part === column)))}
            </tr>`,
        )}
      </tbody>
    </table>
    <table class="heat outside">
      <caption class="hidden">
        Changed entries outside of the layers
      </caption>
      <tbody>
        ${outside.map(
          (each) =>
            html`<tr>
              <th scope="row">${each.part}</th>
              ${cell(each)}
              <td class="share">${share(densityOf(each))}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="legend">
      <span aria-hidden="true" class="ramp"></span> 0 to ${share(most)} of a part’s numbers
    </p>
  </section>`;
}

/** Where long names may break in a narrow column. */
const hyphenated: Readonly<Record<string, string>> = {
  'attention output': 'atten\u00adtion out\u00adput',
  intermediate: 'inter\u00adme\u00addiate',
  output: 'out\u00adput',
};

const densityOf = ({ changed, parameters }: PartChanges): number => changed / parameters;

/** By the root, so that parts with few changes are told from those with none. */
function shadeOf(each: PartChanges, most: number): string {
  return most === 0 ? '0' : (100 * Math.sqrt(densityOf(each) / most)).toFixed(1);
}

function inWords(each: PartChanges): string {
  const place = each.layer === undefined ? '' : `layer ${each.layer + 1}, `;
  return `${place}${each.part}: ${whole(each.changed)} of ${whole(each.parameters)}, ${share(densityOf(each))}`;
}
