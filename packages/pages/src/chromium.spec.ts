import { describeChromium, readers } from '@diffprune/testing/chromium';
import { facts, page, plot, plots, section, table, warning, type PlotSpec } from './index.ts';

const layers = Array.from({ length: 12 }, (_, i) => `layer ${i}`);
const modules = ['query', 'key', 'value', 'attention output', 'intermediate', 'output', 'layer norms'];
const name = 'soft-movement-pruning of bert-base-uncased, seed ';
const curves = Array.from({ length: 4 }, (_, seed) =>
  Array.from({ length: 30 }, (_, step) => ({ step, loss: 1 / (1 + step * (seed + 1)), of: name + seed })),
).flat();

const lines: PlotSpec = {
  data: { values: curves },
  mark: { type: 'line', clip: true },
  encoding: {
    x: { field: 'step', type: 'quantitative' },
    y: { field: 'loss', type: 'quantitative', title: 'loss, nats' },
    color: { field: 'of', type: 'nominal', title: null },
  },
};
const bars: PlotSpec = {
  data: { values: layers.map((layer, i) => ({ layer, density: i / 1000 })) },
  height: { step: 18 },
  mark: 'bar',
  encoding: {
    y: { field: 'layer', type: 'nominal', sort: null, title: null },
    x: { field: 'density', type: 'quantitative', axis: { format: '.2~%' } },
  },
};

async function longPage(): Promise<string> {
  const heat = layers.map((layer, i) => [
    layer,
    ...modules.map((_, j) => ({ text: ((i * j) / 66).toFixed(3), shade: (i * j) / 66 })),
  ]);
  return page(
    'A page with <everything> & more, whose title is long enough to fill more than one line of a phone',
    warning('The scores are of one seed alone; nothing is known about others.'),
    facts([
      ['base', 'bert-base-uncased'],
      ['fingerprint', '0123456789abcdef'.repeat(4)],
      ['command', `npm run trainer -- train --data ${'folder/'.repeat(20)}`],
    ]),
    section('Plots', plots(await plot('loss by step', lines), await plot('density by layer', bars))),
    section('A heat map', table(['', ...modules], heat)),
  );
}

describeChromium('in Chromium', (view) => {
  it.each(readers)('is read at $width pixels, $scheme', async (reader) => {
    expect(await view(await longPage(), reader)).toEqual({
      logged: [],
      requests: [],
      overflowing: [],
      illegible: [],
    });
  });

  it('what is wrong is seen: what is too wide, an image of the network, small and faint text, an error', async () => {
    const bad = `<p style="white-space:nowrap">${'wide '.repeat(200)}</p><img src="http://localhost:1/x.png">
<p style="font-size:6px">small</p><p style="color:#eee">faint</p><script>nothing()</script>`;
    const faults = await view(bad, { width: 400, scheme: 'light' });
    expect(faults.overflowing).toEqual(['the page']);
    expect(faults.requests).toEqual(['http://localhost:1/x.png']);
    expect(faults.illegible).toEqual([
      expect.stringMatching(/^p small: 6.0 px/),
      expect.stringMatching(/^p faint: 16.0 px, contrast 1.2/),
    ]);
    expect(faults.logged.join('\n')).toContain('nothing is not defined');
  });
});
