/**
 * Writes src/generated/tables.ts: for each message of sparse-diff.proto that is read or written as a whole, a
 * table of its fields, which src/message.ts works by. (pbjs's static modules do the same in nearly five times the bytes.)
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const kinds = ['bool', 'bytes', 'double', 'string', 'uint32', 'uint64'];

const root = protobuf.loadSync(path('sparse-diff.proto')).resolveAll();

function tableOf(name) {
  const fields = root.lookupType(name).fieldsArray.map((field) => {
    const { resolvedType, type } = field;
    const message = resolvedType instanceof protobuf.Type && resolvedType.name;
    if (!message && !(resolvedType instanceof protobuf.Enum) && !kinds.includes(type)) {
      throw new Error(`${name}.${field.name}: message.ts does not know ${type}`);
    }
    const kind = message || `'${resolvedType ? 'uint32' : type}'`;
    const presence = field.repeated ? ", 'repeated'" : field.partOf ? ", 'optional'" : '';
    return `  ${field.name}: [${field.id}, ${kind}${presence}],\n`;
  });
  return `export const ${name} = {\n${fields.join('')}} as const;\n`;
}

mkdirSync(path('../src/generated'), { recursive: true });
writeFileSync(
  path('../src/generated/tables.ts'),
  ['Property', 'Adapters', 'Manifest', 'Tensor'].map(tableOf).join('\n'),
);
