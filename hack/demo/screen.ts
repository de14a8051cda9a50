import { styleText } from 'node:util';

/** What the demo writes to: a terminal that is redrawn in place, or lines for a log. */
export interface Screen {
  readonly isTerminal: boolean;
  readonly columns: number;
  line(text?: string): void;
  /** One line that the next `progress`, `done` or `live` replaces; on no terminal a line each. */
  progress(text: string): void;
  done(text: string): void;
  /** These lines in place of those of the last call; for terminals. */
  live(lines: readonly string[]): void;
}

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

const CLEAR_TO_END = '\x1b[J';

export function createScreen(output: Output): Screen {
  const isTerminal = output.isTTY === true;
  // 0 where a terminal does not know.
  const columns = output.columns || 120;
  let replaceable = 0;
  let shown = '';

  function write(lines: readonly string[], isReplaced: boolean): void {
    const now = lines.join('\n');
    if (isReplaced && isTerminal && replaceable > 0 && now === shown) return;
    shown = now;
    const up = replaceable === 0 ? '' : `\x1b[${replaceable}A\r${CLEAR_TO_END}`;
    output.write(`${up}${lines.map(line => `${line}\n`).join('')}`);
    replaceable = isTerminal && isReplaced ? lines.length : 0;
  }
  return {
    isTerminal,
    columns,
    line(text = '') {
      replaceable = 0;
      write([text], false);
    },
    // Longer than a row it would take two, and not be replaced whole.
    progress: text => write([styleText('dim', `  … ${shortened(text, columns - 4)}`)], true),
    done: text => write([`  ${styleText('green', '✓')} ${text}`], false),
    live: lines => write(lines, true),
  };
}

export function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
