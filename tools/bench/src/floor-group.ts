import type { Effort, GroupResult } from './group.ts';
import { matrixProducts, operations } from './matrix-products.ts';
import { measureInTurns, times } from './measure-in-turns.ts';
import { bytesMoved, copyBandwidth, parameterCount } from './memory-passes.ts';
import { digits, range } from './report.ts';
import { roundsOf, stepsInARow } from './rounds.ts';
import { sizes } from './shapes.ts';
import { measured, ratio } from './statistics.ts';
import { productTimer, stepper } from './steppers.ts';

const rounds = { mini: [12, 0], small: [10, 0], base: [6, 1] } as const;

/** Forward and backward against its matrix products alone, and the parameter kernels against copying memory. */
export async function floorGroup({ quick, threads }: Effort): Promise<GroupResult[]> {
  const table = [['size', 'program ms', 'products ms', 'ratio', 'GFLOP', 'GFLOP/s of products']];
  const passes = [['size', 'method', 'GB moved a step', 'ms at copy speed, one thread']];
  const figures: Record<string, number> = {};
  const details: Record<string, unknown> = {};
  const bandwidth = measured(Array.from({ length: 7 }, copyBandwidth));
  for (const [size, count] of roundsOf(rounds, quick)) {
    const program = () => stepper(size, 'full', threads, { steps: stepsInARow(quick) });
    const start = { full: program, products: () => productTimer(size, threads) };
    const series = await measureInTurns(`floor ${size}`, start, count);
    const { config, batch, length } = sizes[size];
    const [programs, products] = [times(series.full, 'program'), times(series.products)];
    const quotient = ratio(programs, products);
    const gigaOperations = operations(matrixProducts(config, batch, length)) / 1e9;
    figures[`program-vs-matmul/${size}`] = quotient.median;
    table.push([
      ...[
        size,
        range(measured(programs)),
        range(measured(products)),
        range(quotient),
        digits(gigaOperations),
      ],
      digits((1000 * gigaOperations) / measured(products).median),
    ]);
    for (const [method, bytes] of Object.entries(bytesMoved)) {
      const moved = bytes * parameterCount(config);
      passes.push([size, method, digits(moved / 1e9), digits((1000 * moved) / bandwidth.median)]);
    }
    details[size] = series;
  }
  return [
    { title: 'Forward and backward against their matrix products alone', table, details, figures },
    {
      title: `Memory passes of the parameter kernels, at ${digits(bandwidth.median / 1e9)} GB/s`,
      table: passes,
      details: { bandwidth },
      figures: { 'copy-bandwidth': bandwidth.median },
    },
  ];
}
