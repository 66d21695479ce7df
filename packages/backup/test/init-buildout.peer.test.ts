import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { describePeers, pythonOutput } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { readConfiguration } from '../src/config/read.js';
import { Buildout, SubstitutionProblem } from '../src/init/buildout/buildout.js';
import { planInit } from '../src/init/plan.js';
import { readingOn } from '../src/init/read-files.js';
import { applyWrites } from '../src/init/write.js';
import { siteWith } from './site.js';

/** Real zc.buildout: the options of all sections but its own. */
const OPTIONS = `
import json, os, sys
from zc.buildout.buildout import Buildout
from zc.buildout import UserError
from zc.buildout.configparser import Error

def read(path):
    os.chdir(os.path.dirname(path))
    try:
        buildout = Buildout(path, [], use_user_defaults=False)
        names = sorted(n for n in buildout.keys() if n not in ("buildout", "versions"))
        result = {}
        for name in names:
            result[name] = {k: buildout[name][k] for k in sorted(buildout[name].keys()) if k != "<part-dependencies>"}
        result["buildout"] = {k: buildout["buildout"].get(k, "") for k in ("directory", "bin-directory", "parts-directory", "parts")}
        return result
    except (UserError, Error):
        return "error"

print(json.dumps([read(path) for path in sys.argv[1:]]))
`;

/** Buildout prints what it does, too. */
const lastLine = (output: string): unknown => JSON.parse(output.trim().split('\n').at(-1)!);

async function ours(path: string) {
  try {
    return await readingOn(nodeFileSystem, (files) => {
      const buildout = new Buildout(files, path);
      const names = buildout.sections.filter((name) => name !== 'buildout' && name !== 'versions').sort();
      const options = (name: string, keys: readonly string[]) =>
        Object.fromEntries(keys.map((key) => [key, buildout.get(name, key)]));
      return {
        ...Object.fromEntries(names.map((name) => [name, options(name, [...buildout.options(name)].sort())])),
        buildout: options('buildout', ['directory', 'bin-directory', 'parts-directory', 'parts']),
      };
    });
  } catch (error) {
    if (isHoldfastError(error, 'init.unreadable') || error instanceof SubstitutionProblem) return 'error';
    throw error;
  }
}

/** Each a file `buildout.cfg`, some with others beside it. */
const CASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'options of one and of several lines': {
    'buildout.cfg': `
# comment
[buildout]
parts = a
  b
    c
; another
[a]
one = 1
one-line-with = equals = in it
empty =
several =
    echo one

      echo "two"
    echo three
joined = first
    second

    third
key-with.dots_and+plus = x
one = again
[a]
later = yes
`,
  },
  'one that extends two others': {
    'buildout.cfg':
      '[buildout]\nextends = base.cfg\n    conf/more.cfg\nparts += backup\n[a]\nkeep = 5\nlist += three\nlist -= one\n',
    'base.cfg': '[buildout]\nparts = instance\n[a]\nkeep = 1\nlist =\n  one\n  two\nother = base\n',
    'conf/more.cfg': '[buildout]\nextends = deep.cfg\nparts += zeo\n[a]\nother = more\n',
    'conf/deep.cfg': `[a]\ndeep = \${buildout:directory}/x\nkeep = 3\n`,
  },
  'lines added to nothing and taken from nothing': {
    'buildout.cfg': '[buildout]\n[a]\nx += one\ny -= two\nz = 1\n  2\nz += 3\nz -= 2\n',
  },
  'the same file extended twice': {
    'buildout.cfg': '[buildout]\nextends = x.cfg y.cfg\n',
    'x.cfg': '[buildout]\nextends = base.cfg\n[a]\nl += x\n',
    'y.cfg': '[buildout]\nextends = base.cfg\n[a]\nl += y\n',
    'base.cfg': '[a]\nl = base\n',
  },
  substitution: {
    'buildout.cfg': `[buildout]\nparts-directory = \${buildout:directory}/var/parts\n[a]\nhere = \${:name}-\${b:value}-\${buildout:bin-directory}\nname = \${:_buildout_section_name_}\nmoney = $$5 \${b:value}$$\n[b]\nvalue = \${c:v}\n[c]\nv = deep value\n`,
  },
  macros: {
    'buildout.cfg': `[buildout]\n[base]\nrun = \${:what} in \${:_buildout_section_name_}\nwhat = base\nlist = 1\n[other]\nwhat = other\n[a]\n<= base\n   other\nlist += 2\n[b]\n<=a\nwhat = b\n`,
  },
  'a macro of an extended file': {
    'buildout.cfg': '[buildout]\nextends = base.cfg\n[mine]\n<= theirs\nlist -= 1\n',
    'base.cfg': '[theirs]\nlist = 1\n  2\n',
  },
  conditions: {
    'buildout.cfg':
      '[buildout]\n[a]\nx = 1\n[a:linux]\nx = 2\n[a:windows]\nx = 3\n[a:not windows]\ny = 4\n[a:sys_platform == "linux"]\nz = 5\n[a:python2]\nq = 1\n  more\n',
  },
  'an optional file': { 'buildout.cfg': '[buildout]\noptional-extends = nope.cfg\n[a]\nb = c\n' },
  'another directory for scripts': { 'buildout.cfg': '[buildout]\nbin-directory = ../bin\n' },
  'a reference to nothing': { 'buildout.cfg': `[buildout]\n[a]\nx = \${b:y}\n` },
  'a reference to no option': { 'buildout.cfg': `[buildout]\n[a]\nx = \${b:y}\n[b]\nz = 1\n` },
  'a reference without a colon': { 'buildout.cfg': `[buildout]\n[a]\nx = \${HOME}\n` },
  'a circle of references': { 'buildout.cfg': `[buildout]\n[a]\nx = \${b:y}\n[b]\ny = \${a:x}\n` },
  'a circle of files': { 'buildout.cfg': '[buildout]\nextends = buildout.cfg\n' },
  'a circle of macros': { 'buildout.cfg': '[buildout]\n[a]\n<= b\n[b]\n<= a\n' },
  'an option before a section': { 'buildout.cfg': 'x = 1\n[buildout]\n' },
  'a line that is nothing': { 'buildout.cfg': '[buildout]\nnonsense\n' },
};

describePeers('zc.buildout', () => {
  test('every case is read as real buildout reads it, or refused where it refuses', async () => {
    const sites = await Promise.all(Object.values(CASES).map((files) => siteWith(files)));
    const paths = sites.map((site) => join(site, 'buildout.cfg'));
    const theirs = lastLine(await pythonOutput(OPTIONS, paths)) as readonly unknown[];
    for (const [index, name] of Object.keys(CASES).entries())
      expect([name, await ours(paths[index]!)]).toEqual([name, theirs[index]]);
    expect(theirs.filter((result) => result !== 'error')).toHaveLength(10);
  });
});

/** Real collective.recipe.backup: the places that its scripts are made with. Recipes of other parts do nothing. */
const PLACES = `
import json, os, sys
import zc.buildout.buildout as b
from collective.recipe.backup import Recipe, utils
utils.try_create_folder = lambda path: None

class Nothing:
    def __init__(self, buildout, name, options): pass
    def install(self): return []
    update = install

b._install_and_load = lambda spec, group, entry, buildout: Recipe if spec.startswith("collective.recipe.backup") else Nothing
results = []
for path in sys.argv[1:]:
    os.chdir(os.path.dirname(path))
    buildout = b.Buildout(path, [], use_user_defaults=False)
    for name in buildout["buildout"]["parts"].split():
        recipe = buildout[name].recipe
        if isinstance(recipe, Recipe):
            recipe.generate_scripts = lambda storage: results.append([storage, recipe.options.copy()])
            recipe.install()
print(json.dumps(results))
`;

interface Storage {
  readonly [key: string]: string;
}

const BUILDOUTS: readonly Readonly<Record<string, string>>[] = [
  {
    'buildout.cfg': `
[buildout]
parts = instance zeoserver backup
[zeoserver]
recipe = plone.recipe.zeoserver
[instance]
recipe = plone.recipe.zope2instance
blob-storage = \${buildout:directory}/var/shared-blobs
[backup]
recipe = collective.recipe.backup
`,
  },
  {
    'buildout.cfg': `
[buildout]
extends = base.cfg
parts += plonebackup
[plonebackup]
recipe = collective.recipe.backup
location = nightly
blobbackuplocation = \${buildout:directory}/blobs of the night
snapshotlocation = ../snapshots/
ziplocation = ~/zips
keep = 7
enable_zipbackup = yes
archive_blob = on
full = True
debug = nonsense
enable_snapshotrestore = false
pre_command =
    mount /backup
    echo "mounted \\$\${HOME}"
post_command = echo 'done: 100%'
rsync_options = --exclude '*.tmp' --numeric-ids
alternative_restore_source =
    # production
    Data /production/backups production-blobs
`,
    'base.cfg': `
[buildout]
parts = zeo
bin-directory = \${buildout:directory}/bin
[zeo]
recipe = plone.recipe.zeoserver
zeo-var = \${buildout:directory}/variable
file-storage = \${:zeo-var}/db/Main.fs
`,
  },
  {
    'conf/prod.cfg': '',
    'buildout.cfg': `
[buildout]
parts = blobbackup
[blobbackup]
recipe = collective.recipe.backup
only_blobs = true
blob-storage = /data/blobs/
datafs = $DB/Data.fs
locationprefix = /backup/prefix
keep_blob_days = 30
blob_timestamps = false
`,
  },
  {
    'buildout.cfg': `
[buildout]
parts = filebackup
[filebackup]
recipe = collective.recipe.backup
backup_blobs = no
datafs = subfolder/myproject.fs
`,
  },
];

describePeers('collective.recipe.backup', () => {
  test('the configuration has the places and options that the recipe makes its scripts with', async () => {
    const sites = await Promise.all(
      BUILDOUTS.map(async (files) => {
        const site = await siteWith({ 'bin/': '', 'parts/': '', 'eggs/': '', 'develop-eggs/': '', ...files });
        await mkdir(join(site, 'zips'));
        return site;
      }),
    );
    const env = { DB: '/data/db', HOME: sites[1]! };
    const paths = sites.map((site) => join(site, 'buildout.cfg'));
    const theirs = lastLine(await pythonOutput(PLACES, paths, { env })) as readonly [Storage, Storage][];
    for (const [index, site] of sites.entries()) {
      const request = {
        cwd: site,
        source: 'buildout.cfg',
        scripts: 'bin',
        program: ['/usr/bin/holdfast'],
        env,
      };
      const plan = await planInit(nodeFileSystem, request);
      expect(plan.warnings).toEqual(
        index === 1
          ? [
              'debug = nonsense was false for the recipe, which only knows true, yes, on and 1.',
              expect.stringContaining('location = nightly is taken'),
              expect.stringContaining('snapshotlocation = ../snapshots/ is taken'),
            ].sort()
          : [],
      );
      await applyWrites(nodeFileSystem, plan.writes);
      const made = await readConfiguration(nodeFileSystem, { cwd: site, env });
      const [storage, options] = theirs[index]!;
      expect(asTheirs(made)).toEqual(whatCounts(storage, options));
      // The one script that the recipe has not had since 5.
      const names = plan.scripts.map(({ name }) => name).filter((name) => !/full(backup)?$/.test(name));
      expect(names.sort()).toEqual(scriptNames(options));
    }
  });
});

function scriptNames(options: Storage): readonly string[] {
  const {
    enable_zipbackup: zip,
    enable_snapshotrestore: snapshot,
    alternative_restore_source: source,
  } = options;
  return [
    options.backup_name,
    options.snapshot_name,
    options.restore_name,
    ...(zip === 'True' ? [options.zipbackup_name, options.ziprestore_name] : []),
    ...(snapshot === 'True' ? [options.snapshotrestore_name] : []),
    ...(source === '' ? [] : [options.altrestore_name]),
  ]
    .map(String)
    .sort();
}

type Made = Awaited<ReturnType<typeof readConfiguration>>;

function asTheirs({ name, storages, options }: Made) {
  const { datafs, blobStorage, places, alternative } = storages.at(-1)!;
  return {
    backup_name: name,
    datafs,
    blobdir: blobStorage ?? '',
    backup_location: places.backup.filestorage,
    snapshot_location: places.snapshot.filestorage,
    zip_location: places.zip.filestorage,
    ...(options.backupBlobs
      ? {
          blob_backup_location: places.backup.blobs,
          blob_snapshot_location: places.snapshot.blobs,
          blob_zip_location: places.zip.blobs,
        }
      : {}),
    ...(alternative === undefined
      ? {}
      : { alt_location: alternative.filestorage, blob_alt_location: alternative.blobs }),
    keep: String(options.keep),
    keep_blob_days: options.onlyBlobs ? String(options.keepBlobDays) : '14',
    full: options.full,
    only_blobs: options.onlyBlobs,
    backup_blobs: options.backupBlobs,
    archive_blob: options.archiveBlob,
    blob_timestamps: options.blobTimestamps,
    enable_zipbackup: options.enable.zipbackup,
    enable_snapshotrestore: options.enable.snapshotrestore,
    rsync_options: options.rsyncOptions,
    pre_command: options.hooks.pre ?? '',
    post_command: options.hooks.post ?? '',
  };
}

function whatCounts({ storage: _, ...places }: Storage, options: Storage) {
  const texts = ['backup_name', 'keep', 'keep_blob_days', 'rsync_options', 'pre_command', 'post_command'];
  const flags = [
    'full',
    'only_blobs',
    'backup_blobs',
    'archive_blob',
    'blob_timestamps',
    'enable_zipbackup',
    'enable_snapshotrestore',
  ];
  return {
    ...places,
    ...Object.fromEntries(texts.map((name) => [name, options[name]?.trim()])),
    ...Object.fromEntries(flags.map((name) => [name, options[name] === 'True'])),
  };
}
