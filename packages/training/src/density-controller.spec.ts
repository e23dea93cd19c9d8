import { DensityController, logOdds, type DensityPath } from './density-controller.ts';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function path(more: Partial<DensityPath> = {}): DensityPath {
  const steps = more.steps ?? 400;
  return {
    start: 0.99,
    end: 0.05,
    penalty: 1e-6,
    steps,
    progress: (step) => step / steps,
    ...more,
  };
}

/**
 * A toy plant: log-odds that Adam moves, of entries whose loss gradients are noise about a mean of their own and whose
 * penalty is λ·P·(1 - P). `scale` is the size of the loss gradients, which the controller does not know.
 */
class Plant {
  readonly #alpha: Float64Array;
  readonly #m: Float64Array;
  readonly #v: Float64Array;
  #seed = 1;

  constructor(
    readonly entries: number,
    readonly scale: number,
    readonly rate: number,
  ) {
    this.#alpha = new Float64Array(entries).fill(logOdds(0.99));
    this.#m = new Float64Array(entries);
    this.#v = new Float64Array(entries);
  }

  get density(): number {
    return this.#alpha.reduce((sum, alpha) => sum + sigmoid(alpha), 0) / this.entries;
  }

  #random(): number {
    this.#seed = (this.#seed * 48271) % 2147483647;
    return this.#seed / 2147483647 - 0.5;
  }

  step(t: number, lambda: number): void {
    for (let i = 0; i < this.entries; i++) {
      const worth = i < this.entries / 50 ? -2 : 0;
      const p = sigmoid(this.#alpha[i]!);
      const g = this.scale * (worth + 2 * this.#random()) + lambda * p * (1 - p);
      this.#m[i] = 0.9 * this.#m[i]! + 0.1 * g;
      this.#v[i] = 0.999 * this.#v[i]! + 0.001 * g * g;
      const corrected = this.#m[i]! / (1 - 0.9 ** t) / (Math.sqrt(this.#v[i]! / (1 - 0.999 ** t)) + 1e-12);
      this.#alpha[i]! -= this.rate * corrected;
    }
  }
}

describe('DensityController', () => {
  it('holds gates open, without a price, until it is told to begin', () => {
    const controller = new DensityController(path());
    for (let step = 0; step < 10; step++) controller.steer(step, 0.99);
    expect([controller.lambda, controller.firstStep, controller.target(100)]).toEqual([0, undefined, 0.99]);
    controller.begin(10);
    expect([controller.lambda, controller.firstStep]).toEqual([Math.fround(1e-6), 10]);
  });

  it('has a path that is straight in log-odds, and stays at its end', () => {
    const controller = new DensityController(path());
    controller.begin(40);
    const { begin, end } = controller.window!;
    expect([begin, end]).toEqual([0.1, 0.9]);
    expect(controller.target(40)).toBeCloseTo(0.99, 12);
    const middle = (begin + end) / 2;
    expect(controller.target(400 * middle)).toBeCloseTo(sigmoid((logOdds(0.99) + logOdds(0.05)) / 2), 12);
    expect(controller.target(400 * end)).toBeCloseTo(0.05, 12);
    expect(controller.target(400)).toBeCloseTo(0.05, 12);
  });

  it('has λ = λ₀ exp(2e + I) with the error and its integral bounded', () => {
    const controller = new DensityController(path({ steps: 100 }));
    controller.begin(0);
    controller.steer(0, 0.99); // on the path
    expect(controller.lambda / 1e-6).toBeCloseTo(1, 6);
    controller.steer(0, sigmoid(logOdds(0.99) - 0.5)); // half a unit of log-odds below it: e = -0.5, I = -0.1
    expect(controller.lambda / 1e-6).toBeCloseTo(Math.exp(-1 - 0.1), 6);
    controller.steer(0, 0.5); // far below: e = -1
    expect(controller.lambda / 1e-6).toBeCloseTo(Math.exp(-2 - 0.3), 6);
    for (let i = 0; i < 500; i++) controller.steer(0, 0);
    expect(controller.lambda / 1e-6 / Math.exp(-14)).toBeCloseTo(1, 6);
    for (let i = 0; i < 500; i++) controller.steer(0, 1);
    expect(controller.lambda / 1e-6 / Math.exp(14)).toBeCloseTo(1, 6);
  });

  it.each([1e-7, 1e-5, 1e-3])('keeps a plant with gradients of size %p on its path', (scale) => {
    const steps = 800;
    const controller = new DensityController(path({ steps }));
    controller.begin(0);
    const { end } = controller.window!;
    const rate = (logOdds(0.99) - logOdds(0.05)) / (end * steps);
    const plant = new Plant(500, scale, rate);
    for (let step = 0; step < steps; step++) {
      const { density } = plant;
      const lambda = controller.lambda;
      controller.steer(step, density);
      plant.step(step + 1, lambda);
    }
    expect(plant.density).toBeGreaterThan(0.05 / 2);
    expect(plant.density).toBeLessThan(0.05 * 2);
  });

  it('goes on from its state as if it had never stopped', () => {
    const densities = Array.from({ length: 60 }, (_, i) => sigmoid(4 - i / 8 + Math.sin(i)));
    const never = new DensityController(path());
    const first = new DensityController(path());
    for (const controller of [never, first]) controller.begin(5);
    densities.forEach((density, i) => never.steer(5 + i, density));
    densities.slice(0, 30).forEach((density, i) => first.steer(5 + i, density));
    const second = new DensityController(path());
    second.state.set(first.state);
    densities.slice(30).forEach((density, i) => second.steer(35 + i, density));
    expect(second.state).toEqual(never.state);
    expect(second.target(50)).toBe(never.target(50));
  });
});
