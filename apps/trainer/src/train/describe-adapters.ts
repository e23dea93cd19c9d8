import { adapterParameters, countParameters, type EncoderConfig } from '@diffprune/bert';
import { formatPercent } from '../format.ts';

/**
 * What a model's adapters add to its base; undefined where it has none.
 *
 * @param parameters the base's, d
 */
export function describeAdapters(model: EncoderConfig, parameters: number): string | undefined {
  if (model.adapters === undefined) return undefined;
  const { bottleneck, nonLinearity } = model.adapters;
  const added = countParameters(adapterParameters(model));
  return (
    `${added.toLocaleString('en')} new parameters, ${formatPercent(added / parameters)} of the base's number ` +
    `(${2 * model.numHiddenLayers} of bottleneck ${bottleneck}, ${nonLinearity})`
  );
}
