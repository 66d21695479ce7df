import { describe, expect, test } from 'vitest';
import { formatSnapshotConf, methodsOf, parseSnapshotConf, problemsOf } from '../src/index.js';

const methods = (text: string) => methodsOf(parseSnapshotConf(text));
const problems = (text: string) => problemsOf(parseSnapshotConf(text));

describe('the methods of a snapshot.conf', () => {
  test('are its lines in their order, each with its number', () => {
    expect(
      methods('http http://a:8080/DSToolkit access\n\ndirect\nhttp https://b/x ../etc/b.access\n'),
    ).toEqual([
      { kind: 'http', line: 1, url: 'http://a:8080/DSToolkit', access: 'access' },
      { kind: 'direct', line: 3 },
      { kind: 'http', line: 4, url: 'https://b/x', access: '../etc/b.access' },
    ]);
  });

  test('end with direct where no line has it', () => {
    expect(methods('')).toEqual([{ kind: 'direct' }]);
    expect(methods('http http://a/x access')).toEqual([
      { kind: 'http', line: 1, url: 'http://a/x', access: 'access' },
      { kind: 'direct' },
    ]);
  });

  test('leave direct out after nodirect, wherever that stands, unless it is listed', () => {
    expect(methods('nodirect')).toEqual([]);
    expect(methods('nodirect\ndirect')).toEqual([{ kind: 'direct', line: 2 }]);
    expect(methods('direct\nnodirect')).toEqual([{ kind: 'direct', line: 1 }]);
  });

  test('are separated by any blanks and line ends', () => {
    expect(methods('  http\thttp://a/x   access \r\n\tnodirect\r')).toEqual([
      { kind: 'http', line: 1, url: 'http://a/x', access: 'access' },
    ]);
  });

  test('are known by the first word; what follows direct and nodirect is not looked at', () => {
    expect(methods('direct access please\nnodirect # not now')).toEqual([{ kind: 'direct', line: 1 }]);
  });
});

describe('a line that is skipped is reported with its number', () => {
  test.each([
    ['Direct', 'neither direct'],
    ['https http://a/x access', 'neither direct'],
    ['http http://a/x', 'takes a URL'],
    ['http http://a/x access more', 'takes a URL'],
    ['http zope access', 'cannot be understood'],
    ['http ftp://a/x access', 'neither http:'],
    ['http http://admin:geheim@a/x access', 'user name or password'],
    ['# http http://a/x access', 'a comment'],
    ['#', 'a comment'],
  ])('%s', (line, reason) => {
    expect(methods(`\n${line}\nnodirect`)).toEqual([]);
    expect(problems(`\n${line}\nnodirect`)).toEqual([{ line: 2, reason: expect.stringContaining(reason) }]);
    expect(JSON.stringify(problems(line))).not.toContain('geheim');
  });

  test('blank lines are none', () => {
    expect(problems('\n   \n\t\ndirect\n\n')).toEqual([]);
  });
});

test('a line that would be read as something else is not printed, nor shown', () => {
  const wrong = [
    { kind: 'http', url: 'http://a/x y', access: 'access' },
    { kind: 'http', url: 'http://u:geheim@a/x', access: 'access' },
    { kind: 'comment', text: 'direct' },
    { kind: 'comment', text: '# a\nnodirect' },
    { kind: 'malformed', text: '', reason: '' },
  ] as const;
  for (const line of wrong) {
    const attempt = () => formatSnapshotConf([{ kind: 'direct' }, line]);
    expect(attempt).toThrow(expect.objectContaining({ code: 'snapshot.conf' }));
    expect(attempt).toThrow('line 2');
    expect(attempt).not.toThrow('geheim');
  }
});
