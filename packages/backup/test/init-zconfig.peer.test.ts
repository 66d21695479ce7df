import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { describePeers, pythonOutput } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { readingOn } from '../src/init/read-files.js';
import { parseZConfig, type Section } from '../src/init/zconfig/parse.js';
import { findStorages } from '../src/init/zconfig/storages.js';
import { siteWith } from './site.js';

/** Real ZConfig's parser, without a schema: sections as [type, name, [[key, value] ...], [sections ...]]. */
const PARSER = `
import io, json, sys, urllib.request
import ZConfig
from ZConfig.cfgparser import ZConfigParser

class Section:
    def __init__(self, type, name):
        self.type, self.name, self.keys, self.sections = type, name, [], []
    def addValue(self, key, value, position):
        self.keys.append([key.lower(), value])
    def tree(self):
        return [self.type, self.name, sorted(self.keys), [s.tree() for s in self.sections]]

class Resource:
    def __init__(self, url):
        self.url = url
        try:
            self.file = io.StringIO(urllib.request.urlopen(url).read().decode())
        except OSError as e:
            raise ZConfig.ConfigurationError(str(e))

class Context:
    def startSection(self, parent, type, name):
        parent.sections.append(Section(type, name))
        return parent.sections[-1]
    def endSection(self, parent, type, name, section):
        pass
    def importSchemaComponent(self, name):
        pass
    def includeConfiguration(self, section, url, defines):
        ZConfigParser(Resource(url), self, defines).parse(section)

def read(path):
    top = Section("", None)
    try:
        ZConfigParser(Resource("file://" + path), Context()).parse(top)
    except (ZConfig.ConfigurationError, ZConfig.SubstitutionSyntaxError):
        return "error"
    return top.tree()

print(json.dumps([read(path) for path in sys.argv[1:]]))
`;

type Tree = readonly [string, string | null, readonly (readonly [string, string])[], readonly Tree[]];

const treeOf = ({ type, name, keys, sections }: Section): Tree => [
  type,
  name ?? null,
  keys
    .map(({ key, value }): readonly [string, string] => [key, value])
    .sort((a, b) => (`${a[0]}\0${a[1]}` < `${b[0]}\0${b[1]}` ? -1 : 1)),
  sections.map(treeOf),
];

async function ours(path: string): Promise<Tree | 'error'> {
  try {
    const env = { ...process.env, SITE: '/srv/site' };
    return treeOf(await readingOn(nodeFileSystem, (files) => parseZConfig(files, path, env)));
  } catch (error) {
    if (isHoldfastError(error, 'init.unreadable')) return 'error';
    throw error;
  }
}

/** Each a file `main.conf`, some with others beside it. */
const CASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a zope.conf': {
    'main.conf': `
%define INSTANCE /srv/site
instancehome $INSTANCE
# a comment
<zodb_db Main>
    cache-size 30000
    <blobstorage>
      blob-dir \${INSTANCE}/var/blobstorage
      <filestorage>
        path $instance/var/filestorage/Data.fs
      </filestorage>
    </blobstorage>
    mount-point /
</ZODB_DB>
<zodb_db temporary>
  <temporarystorage>
   name temporary storage for sessioning
  </temporarystorage>
  mount-point /temp_folder
</zodb_db>
`,
  },
  'an include that defines': {
    'main.conf':
      '%include sub/defs.conf\n<filestorage 1>\n  %include ./sub/inner.conf\n</filestorage>\nafter $late$$x\n',
    'sub/defs.conf': '%define Late it is late\nkey $LATE\n',
    'sub/inner.conf': `path /a/\${late}/b\n<inner/>\n`,
  },
  'an include by address': { 'main.conf': '%include file:///proc/self/nothing-here.conf\n' },
  environment: { 'main.conf': 'path $(SITE)/Data.fs\nother $(site_unset)\n' },
  'environment, set': { 'main.conf': 'path $(SITE)/Data.fs\n' },
  'keys of many kinds': {
    'main.conf':
      'KEY value with  blanks  \nkey\t second\nempty\nmount-point /a:/b:c\nlog-level=INFO\na<b c\n',
  },
  'empty sections': { 'main.conf': '<a/>\n<b name/>\n<c Name />\n<d   x   >\n</d  >\n' },
  'a definition twice, the same': { 'main.conf': '%define a x\n%define A x\nk $a\n' },
  'a definition twice, another': { 'main.conf': '%define a x\n%define a y\n' },
  'a definition of a definition': { 'main.conf': `%define a x\n%define b \${a}y\nk $b\n` },
  'an empty definition': { 'main.conf': '%define a\nk [$a]\n' },
  'an import': { 'main.conf': '%import zc.zlibstorage\nk v\n' },
  'an unknown directive': { 'main.conf': '%undefine a\n' },
  'a directive without anything': { 'main.conf': '%define\n' },
  'an undefined name': { 'main.conf': 'k $nope\n' },
  'a lone dollar': { 'main.conf': 'k a$\n' },
  'a dollar and a blank': { 'main.conf': 'k a$ b\n' },
  'an open brace': { 'main.conf': `%define a x\nk \${a\n` },
  'a bad name of a definition': { 'main.conf': '%define 1a x\n' },
  'a section without its end': { 'main.conf': '<a>\nk v\n' },
  'an end without its section': { 'main.conf': '</a>\n' },
  'an end of another section': { 'main.conf': '<a>\n<b>\n</a>\n</b>\n' },
  'a section with too many names': { 'main.conf': '<a b c>\n</a>\n' },
  'a section begun and not closed off': { 'main.conf': '<a\n</a>\n' },
  'a key with a parenthesis': { 'main.conf': 'a(b) c\n' },
  'an included file with an open section': { 'main.conf': '%include x.conf\n</a>\n', 'x.conf': '<a>\n' },
  'an included file that is not there': { 'main.conf': '%include nope.conf\n' },
};

describePeers('ZConfig', () => {
  test('every case is read as real ZConfig reads it, or refused where it refuses', async () => {
    const sites = await Promise.all(Object.values(CASES).map((files) => siteWith(files)));
    const paths = sites.map((site) => join(site, 'main.conf'));
    const theirs = JSON.parse(await pythonOutput(PARSER, paths, { env: { SITE: '/srv/site' } })) as readonly (
      | Tree
      | 'error'
    )[];
    for (const [index, name] of Object.keys(CASES).entries())
      expect([name, await ours(paths[index]!)]).toEqual([name, theirs[index]]);
    expect(theirs.filter((tree) => tree !== 'error')).toHaveLength(10);
  });

  test('the storages of a zope.conf are those that ZODB would open', async () => {
    const site = await siteWith({ 'zope.conf': ZOPE_CONF, 'etc/storages.conf': INCLUDED, 'var/users/': '' });
    const theirs = await pythonOutput(DATABASES, [join(site, 'zope.conf')], { env: { SITE: site } });
    const path = join(site, 'zope.conf');
    const env = { ...process.env, SITE: site };
    const found = await readingOn(nodeFileSystem, (files) => findStorages(parseZConfig(files, path, env)));
    expect(
      found.storages.map(({ name, datafs, blobs, compressed }) => [name, datafs, blobs ?? null, compressed]),
    ).toEqual(JSON.parse(theirs));
    expect(found.notes).toEqual([
      '<mappingstorage> (line 26) keeps nothing on disk: there is nothing to back up.',
    ]);
  });

  test('the storages of a zeo.conf are those that ZEO would serve', async () => {
    const site = await siteWith({ 'zeo.conf': ZEO_CONF, 'var/log/': '' });
    const path = join(site, 'zeo.conf');
    const theirs = await pythonOutput(SERVER, [path], { env: { SITE: site } });
    const found = await readingOn(nodeFileSystem, (files) =>
      findStorages(parseZConfig(files, path, { SITE: site })),
    );
    expect(found.storages.map(({ name, datafs, blobs }) => [name, datafs, blobs ?? null])).toEqual(
      JSON.parse(theirs),
    );
  });
});

const ZOPE_CONF = `
%import zc.zlibstorage
%define INSTANCE $(SITE)
%define VAR $INSTANCE/var
<zodb Main>
    <zlibstorage>
      <blobstorage>
        blob-dir \${var}/blobstorage
        <FileStorage>
          path $VAR/filestorage/Data.fs
          Pack-GC false
        </FileStorage>
      </blobstorage>
    </zlibstorage>
    cache-size 5000
</zodb>
<zodb catalog>
  <filestorage>
    path $VAR/filestorage/cat$$log.fs
    blob-dir $VAR/blobs-catalog
  </filestorage>
</zodb>
%include etc/storages.conf
<zodb temp>
  database-name temporary
  <mappingstorage/>
</zodb>
`;

const INCLUDED = `
%define USERS $VAR/users
<zodb users>
  <filestorage>
    path $USERS/users.fs
  </filestorage>
</zodb>
`;

const ZEO_CONF = `
%define INSTANCE $(SITE)
<zeo>
  address 8100
  read-only false
</zeo>
<filestorage 1>
  path $INSTANCE/var/filestorage/Data.fs
  blob-dir $INSTANCE/var/blobstorage
</filestorage>
<blobstorage users>
  blob-dir $INSTANCE/var/blobs-users
  <filestorage>
    path $INSTANCE/var/filestorage/users.fs
  </filestorage>
</blobstorage>
<eventlog>
  <logfile>
    path $INSTANCE/var/log/zeo.log
  </logfile>
</eventlog>
`;

/** The databases as ZODB's own schema reads them: name, path, blob directory, compressed. */
const DATABASES = `
import io, json, sys
import ZConfig
SCHEMA = """<schema>
<import package="ZODB"/>
<multisection type="ZODB.database" name="*" attribute="databases" required="yes"/>
</schema>"""
config, _ = ZConfig.loadConfig(ZConfig.loadSchemaFile(io.StringIO(SCHEMA)), sys.argv[1])
found = []
for database in config.databases:
    storage, blobs, compressed = database.config.storage, None, False
    while True:
        if type(storage).__name__ == "MappingStorage":
            break
        settings = getattr(storage, "config", None) or getattr(storage, "_config", None)
        if hasattr(settings, "path"):
            found.append([database.name, settings.path, blobs or settings.blob_dir, compressed])
            break
        blobs = blobs or getattr(settings, "blob_dir", None)
        compressed = compressed or "zlib" in type(storage).__module__
        storage = settings.base
print(json.dumps(found))
`;

/** The storages as ZEO's own schema reads them: name, path, blob directory. */
const SERVER = `
import json, os, sys
import ZConfig, ZEO
schema = ZConfig.loadSchema(os.path.join(os.path.dirname(ZEO.__file__), "schema.xml"))
config, _ = ZConfig.loadConfig(schema, sys.argv[1])
found = []
for storage in config.storages:
    settings, blobs = storage.config, None
    if not hasattr(settings, "path"):
        blobs, settings = settings.blob_dir, settings.base.config
    found.append([storage.name, settings.path, blobs or settings.blob_dir])
print(json.dumps(found))
`;
