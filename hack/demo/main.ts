import { parseArgs, styleText } from 'node:util';
import { runDemo } from './demo.ts';
import { createScreen } from './screen.ts';

const USAGE = `npm run demo             everything on this machine, until Ctrl-C
npm run demo -- --once   the same, and ends when it has shown that it works`;

const { values } = parseArgs({
  options: { once: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => ending.abort());

if (values.help) {
  console.log(USAGE);
} else {
  const screen = createScreen(process.stdout);
  try {
    await runDemo({ screen, once: values.once, signal: ending.signal });
  } catch (error) {
    if (ending.signal.aborted) {
      process.exitCode = 130;
    } else {
      screen.line();
      screen.line(
        `${styleText('red', 'The demo failed:')} ${error instanceof Error ? error.message : error}`,
      );
      process.exitCode = 1;
    }
  }
}
