import { describe, expect, test } from 'vitest';
import { parseSettings } from '../src/settings.js';
import { settingsText } from './support/build-storage.js';

const PATH = '/srv/ds/config/settings';
const parse = (text: string) => parseSettings(text, PATH);
const good = settingsText('bushy', 'Full');

describe('config/settings', () => {
  test('is read as ConfigParser reads it', () => {
    expect(parse(good)).toEqual({
      format: 'bushy',
      classname: 'Full',
      sync: true,
      syncDirectories: true,
      quickShutdown: false,
    });
    const odd = good
      .replace('format: bushy', 'format = lawn')
      .replace('\n[posix]', '\n; note\n\n[keepclass]\na.B: extra 7\n  more\n[posix]');
    expect(parse(odd.replaceAll('\n', '\r\n'))).toMatchObject({ format: 'lawn' });
  });

  test('may leave out dirsync, which is then as sync is', () => {
    expect(parse(good.replace('dirsync: 1', ''))).toMatchObject({ syncDirectories: true });
    expect(parse(good.replace('sync: 1', 'sync: 0'))).toMatchObject({ sync: false, syncDirectories: false });
    expect(parse(good.replace('dirsync: 1', 'dirsync: 0'))).toMatchObject({
      sync: true,
      syncDirectories: false,
    });
  });

  test.each([
    ['bushy4', good.replace('format: bushy', 'format: bushy4'), 'directorystorage.unsupported'],
    ['an unknown format', good.replace('bushy', 'meadow'), 'directorystorage.unsupported'],
    ['another version', good.replace('0.11', '0.12'), 'directorystorage.unsupported'],
    ['another class', good.replace('Full', 'Partial'), 'directorystorage.unsupported'],
    ['no format', good.replace('format: bushy', ''), 'directorystorage.settings'],
    ['no section', good.replace('[filesystem]', '[other]'), 'directorystorage.settings'],
    ['a flag that is no number', good.replace('sync: 1', 'sync: yes'), 'directorystorage.settings'],
    ['a line before any section', `x: 1\n${good}`, 'directorystorage.settings'],
    ['a line that is none', `${good}\nnonsense\n`, 'directorystorage.settings'],
    ['nothing at all', '', 'directorystorage.settings'],
  ])('with %s is refused', (_what, text, code) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code, path: PATH }));
  });
});
