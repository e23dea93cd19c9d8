/** npm run fuzz -- [files] [seed]: damages that many files (a million unless told), ten thousand of each seed. */
import { fuzz } from './fuzz.ts';

const files = Number(process.argv[2] ?? 1_000_000);
const firstSeed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const filesOfSeed = 10_000;
const total: Record<string, number> = {};
let slowest = 0;
for (let done = 0, seed = firstSeed; done < files; done += filesOfSeed, seed++) {
  const result = await fuzz(seed, Math.min(filesOfSeed, files - done));
  for (const [name, count] of Object.entries({ accepted: result.accepted, ...result.refused })) {
    total[name] = (total[name] ?? 0) + count;
  }
  slowest = Math.max(slowest, result.slowest.seconds);
  const counts = Object.entries(total).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(`seed ${seed}: ${counts.join(', ')}, slowest ${(slowest * 1000).toFixed(1)} ms\n`);
}
