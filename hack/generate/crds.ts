/** Writes crds/*.yaml from src/api: `npx node hack/generate/crds.ts`. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { customResourceDefinitions } from '../../src/api/crds.ts';

export const crdDirectory = join(import.meta.dirname, '../../crds');

/** File name to text, one file a kind. */
export function crdFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const crd of customResourceDefinitions()) {
    const yaml = stringify(crd, { lineWidth: 110, aliasDuplicateObjects: false });
    files.set(`${crd.metadata.name}.yaml`, `# Generated from src/api by hack/generate/crds.ts\n${yaml}`);
  }
  return files;
}

async function writeFiles(): Promise<void> {
  const files = crdFiles();
  await mkdir(crdDirectory, { recursive: true });
  for (const name of await readdir(crdDirectory)) {
    if (name.endsWith('.yaml') && !files.has(name)) await rm(join(crdDirectory, name));
  }
  for (const [name, text] of files) await writeFile(join(crdDirectory, name), text);
  console.log(`wrote ${[...files.keys()].join(', ')}`);
}

if (import.meta.main) await writeFiles();
