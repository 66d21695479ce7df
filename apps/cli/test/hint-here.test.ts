import { expect, test } from 'vitest';
import { hintHere } from '../src/toolkit-client/hint-here.js';

test.each([
  [
    'Nothing was backed up there yet: run `holdfast backup` first, or give another path with --repository.',
    'Nothing was backed up there yet: run `holdfast backup` first.',
  ],
  ['Stop Zope and ZEO first, or restore to another place with --to or --output.', 'Stop Zope and ZEO first.'],
  [
    'Run it again with --accept-new-history; nothing is removed.',
    'On the server: Run it again with --accept-new-history; nothing is removed.',
  ],
  ['Run the command with --help.', 'Run the command with --help.'],
  ['Wait for it, or cancel it.', 'Wait for it, or cancel it.'],
  ['Look at it, or make a new one with --full.', 'Look at it, or make a new one with --full.'],
])('over --toolkit %j is %j', (hint, told) => {
  expect(hintHere(hint)).toBe(told);
});
