import * as tf from '@diffprune/tfjs-core';
import type { Architecture, EncoderConfig, SubLayer, SubLayerHook } from './architecture.ts';
import { hiddenActivations, linear, type HiddenActivation, type NamedTensors } from './layers.ts';
import { linearParameters, type ParameterSpec } from './parameters.ts';

/**
 * Bottleneck adapters after both sub-layers of every layer (Houlsby et al. 2019, section 2.1 and figure 2): what the
 * sub-layer gives, h [rows, d], becomes h + W_up·f(W_down·h + b_down) + b_up before the residual connection adds the
 * sub-layer's input.
 */
export interface Adapters {
  /** Where they stand, and what they are. */
  readonly kind: 'houlsby';
  /** m, the size of what is between the two projections. */
  readonly bottleneck: number;
  /** f, by the name that `hidden_act` has for it. */
  readonly nonLinearity: HiddenActivation;
}

/**
 * Adapters of this description, from whoever it comes.
 *
 * @param kind `houlsby`, the only one that there is
 * @throws RangeError for another kind, a bottleneck that is no positive whole number, or a non-linearity that there is not
 */
export function createAdapters(kind: string, bottleneck: number, nonLinearity: string): Adapters {
  if (kind !== 'houlsby')
    throw new RangeError(`adapters of kind ${JSON.stringify(kind)}, expected "houlsby"`);
  if (!Number.isSafeInteger(bottleneck) || bottleneck < 1) {
    throw new RangeError(`a bottleneck of ${bottleneck}, expected a positive whole number`);
  }
  const known = hiddenActivations.find((name) => name === nonLinearity);
  if (known === undefined) {
    throw new RangeError(
      `the non-linearity ${JSON.stringify(nonLinearity)}, expected one of ${hiddenActivations.join(', ')}`,
    );
  }
  return { kind, bottleneck, nonLinearity: known };
}

const subLayers: readonly SubLayer[] = ['attention', 'feed-forward'];
const [down, up] = ['adapter_down', 'adapter_up'];

/** Whether a parameter of this name is an adapter's. */
export function isAdapter(name: string): boolean {
  return name.split('.').some((part) => part === down || part === up);
}

/**
 * The parameters of a model's adapters, layer by layer; none where it has none. The projections are called as in
 * AdapterHub's library and stand, as there, beside the linear layer whose output they change: 2md + d + m numbers for
 * each adapter.
 */
export function parametersOfAdapters(config: EncoderConfig, architecture: Architecture): ParameterSpec[] {
  const { adapters, hiddenSize, numHiddenLayers } = config;
  if (adapters === undefined) return [];
  const { bottleneck } = adapters;
  return Array.from({ length: numHiddenLayers }, (_, layer) =>
    subLayers.flatMap((site) => {
      const place = { kind: 'adapter', role: 'adapter', layer } as const;
      const module = architecture.subLayerModule(layer, site);
      return [
        ...linearParameters(place, `${module}.${down}`, bottleneck, hiddenSize),
        ...linearParameters(place, `${module}.${up}`, hiddenSize, bottleneck),
      ];
    }),
  ).flat();
}

/** What a model's adapters make of what its sub-layers give. */
export function adapterHook(
  parameters: NamedTensors,
  { nonLinearity }: Adapters,
  architecture: Architecture,
): SubLayerHook {
  return (hidden, layer, site) => {
    const module = architecture.subLayerModule(layer, site);
    const narrow = linear(parameters, `${module}.${down}`, hidden, nonLinearity);
    return tf.add(hidden, linear(parameters, `${module}.${up}`, narrow));
  };
}
