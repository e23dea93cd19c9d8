// One base in memory, many tasks: what does each diff say of a text?
//   node switch.mjs "a text" a.sdiff b.sdiff …
import { applyDiff, classify, loadBase } from '@diffprune/inference/node';
import { sampleModelFolder } from '@diffprune/samples/node';

const [text, ...diffs] = process.argv.slice(2);
const base = await loadBase(sampleModelFolder()); // the base that the diffs were trained over

for (const diff of diffs) {
  const began = performance.now();
  const model = await applyDiff(base, diff); // changes a few thousand numbers in place
  const switched = performance.now() - began;
  const { label, score } = await classify(model, text);
  console.log(`${model.manifest.task}: ${label ?? score.toFixed(2)} (applied in ${switched.toFixed(1)} ms)`);
  model.revert(); // every byte is as it was
}
await base.predictors.dispose();
