import { html, nothing, type TemplateResult } from 'lit';

/** A score, on its scale where that is known. */
export function scoreScale(
  score: number | undefined,
  range: readonly [number, number] | undefined,
): TemplateResult {
  const text = html`<data value=${score ?? ''}>${score?.toFixed(2)}</data>`;
  if (range === undefined) return html`<p class="score">${text}</p>`;
  const [low, high] = range;
  const at = score === undefined ? 0 : Math.min(1, Math.max(0, (score - low) / (high - low)));
  const ticks = Array.from({ length: 6 }, (_, i) => low + (i * (high - low)) / 5);
  return html`<div class="scale">
    <p class="score">${text}<span class="of"> of ${high}</span></p>
    <div class="track" aria-hidden="true">
      <span class="reached" style="transform: scaleX(${at.toFixed(4)})"></span>
      ${score === undefined ? nothing : html`<span class="mark" style="inset-inline-start: ${(100 * at).toFixed(2)}%"></span>`}
    </div>
    <div class="ticks" aria-hidden="true">${ticks.map((tick) => html`<span>${tick}</span>`)}</div>
  </div>`;
}
