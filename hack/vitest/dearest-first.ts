import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders, those whose files take longest first. */
const DEAR = [
  'test/faults/matrix/',
  'test/faults/',
  'test/security/',
  'test/environment/',
  'test/',
  'hack/demo/',
  'hack/',
];

/** One after the other: a process that files have in turn ends where a file that wants one of its own comes between. */
const PROJECTS = ['in turn', 'by themselves', 'together'];

/**
 * On a machine that has run nothing before, vitest begins with the largest files; ours that take minutes are the smallest,
 * and the last of them would keep one core busy while the others wait.
 */
export class DearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted(
      (a, b) =>
        PROJECTS.indexOf(a.project.name) - PROJECTS.indexOf(b.project.name) || this.#rank(a) - this.#rank(b),
    );
  }

  #rank({ moduleId }: TestSpecification): number {
    const path = relative(this.ctx.config.root, moduleId);
    const at = DEAR.findIndex(folder => path.startsWith(folder));
    return at === -1 ? DEAR.length : at;
  }
}
