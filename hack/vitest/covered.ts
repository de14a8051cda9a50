import { relative, sep } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { isFull } from './mode.ts';

const MARK = 'covered: ';

/**
 * Says at the end what was covered: tests by area, and every line that a test printed as `covered: 412 crash points`.
 * It leaves the rest, with the closing lines, to vitest's own reporter after it.
 */
export function coveredReporter(root: string): Reporter {
  const said: string[] = [];
  return {
    onUserConsoleLog({ content }) {
      for (const line of content.split('\n')) {
        if (line.startsWith(MARK)) said.push(line.slice(MARK.length));
      }
    },
    onTestRunEnd(modules) {
      const lines = [...countsByArea(modules, root), ...said.sort()];
      console.log(`\n Covered${isFull ? ', in full' : ''}:\n${lines.map(line => `   ${line}`).join('\n')}`);
    },
  };
}

function countsByArea(modules: readonly TestModule[], root: string): readonly string[] {
  const counts = new Map<string, number>();
  for (const module of modules) {
    const area = relative(root, module.moduleId).split(sep).slice(0, 2).join('/');
    const passed = [...module.children.allTests('passed')].length;
    counts.set(area, (counts.get(area) ?? 0) + passed);
  }
  return [...counts].sort().map(([area, count]) => `${area}: ${count} tests`);
}
