import { parseArgs, styleText } from 'node:util';
import { endingSignal } from '../bench/ending.ts';
import { runDemo } from './demo.ts';
import { createScreen } from './screen.ts';

const USAGE = `npm run demo             everything on this machine, until Ctrl-C
npm run demo -- --once   the same, and ends when it has shown that it works`;

const { values } = parseArgs({
  options: { once: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
const signal = endingSignal();

if (values.help) {
  console.log(USAGE);
} else {
  const screen = createScreen(process.stdout);
  try {
    await runDemo({ screen, once: values.once, signal });
  } catch (error) {
    if (signal.aborted) {
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
