import { expect, test } from 'vitest';
import { createScreen, shortened } from './screen.ts';

function written(isTTY: boolean): { screen: ReturnType<typeof createScreen>; text: () => string } {
  let text = '';
  const write = (chunk: unknown) => {
    text += String(chunk);
    return true;
  };
  return { screen: createScreen({ write, isTTY, columns: 20 }), text: () => text };
}

test('a terminal is redrawn in place, and only when something changed', () => {
  const { screen, text } = written(true);
  screen.live(['a', 'b']);
  screen.live(['a', 'b']);
  screen.live(['c']);
  screen.line('end');
  screen.live(['d']);
  expect(text()).toBe('a\nb\n\x1b[2A\r\x1b[Jc\nend\nd\n');
});

test('a log gets a line each, and no escape codes to move about', () => {
  const { screen, text } = written(false);
  screen.progress('one');
  screen.progress('two');
  screen.done('three');
  expect(text().split('\n')).toHaveLength(4);
  expect(text()).not.toContain('\x1b[J');
});

test.each([
  ['fits', 10, 'fits'],
  ['too long', 4, 'too…'],
  ['nothing', 0, '…'],
])('%s in %i', (text, width, expected) => {
  expect(shortened(text, width)).toBe(expected);
});
