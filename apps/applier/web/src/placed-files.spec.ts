import { chosenFiles, sortFiles, type PlacedFile } from './placed-files.ts';

const placed = (folder: string, name: string): PlacedFile => ({ folder, file: new File([''], name) });

it('knows the folder of what a picker of folders gives', () => {
  const file = Object.assign(new File([''], 'config.json'), {
    webkitRelativePath: 'models/bert/config.json',
  });
  const alone = Object.assign(new File([''], 'sst2.sdiff'), { webkitRelativePath: '' });
  expect(chosenFiles([file, alone]).map(({ folder }) => folder)).toEqual(['bert', '']);
});

it('finds tasks, and the base beside the first config.json', () => {
  const files = [
    placed('', 'sst2.sdiff'),
    placed('bert', 'model.safetensors'),
    placed('bert', 'config.json'),
    placed('old', 'config.json'),
    placed('bert', 'mrpc.sdiff'),
  ];
  const { base, diffs } = sortFiles(files);
  expect(diffs.map(({ name }) => name)).toEqual(['sst2', 'mrpc']);
  expect(base?.name).toBe('bert');
  expect((base as { files: readonly File[] }).files.map(({ name }) => name)).toEqual([
    'model.safetensors',
    'config.json',
    'mrpc.sdiff',
  ]);
  expect(sortFiles([placed('', 'notes.txt')])).toEqual({ base: undefined, diffs: [] });
});
