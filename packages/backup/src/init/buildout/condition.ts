/** Names of buildout's conditions that are so on every machine that Holdfast runs on. */
const TRUE = ['linux', 'posix', 'python3', 'cpython', 'bits64', 'little_endian'];
const FALSE = [
  'windows',
  'cygwin',
  'solaris',
  'macosx',
  'python2',
  'pypy',
  'jython',
  'ironpython',
  'bits32',
  'big_endian',
];

const FACTS: Readonly<Record<string, string>> = {
  sys_platform: 'linux',
  'sys.platform': 'linux',
  platform_system: 'Linux',
  os_name: 'posix',
  'os.name': 'posix',
  platform_python_implementation: 'CPython',
};

/** Whether a section `[name:CONDITION]` counts; undefined: only Python can tell. */
export function conditionHolds(condition: string): boolean | undefined {
  const text = condition.trim();
  const negated = /^not\s+(.*)$/.exec(text)?.[1];
  if (negated !== undefined) {
    const inner = conditionHolds(negated);
    return inner === undefined ? undefined : !inner;
  }
  if (TRUE.includes(text)) return true;
  if (FALSE.includes(text)) return false;
  const [, name = '', operator, value] = /^([\w.]+)\s*(==|!=)\s*["']([^"']*)["']$/.exec(text) ?? [];
  const fact = FACTS[name];
  if (fact === undefined) return undefined;
  return (fact === value) === (operator === '==');
}
