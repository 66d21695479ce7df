import { HoldfastError } from '@holdfast/errors';
import { z } from 'zod';
import { enterSnapshot, leaveSnapshot } from './enter-leave.js';
import { type Method, method } from './method.js';
import { codeParameter, DEFAULT_CODE, optionalCode } from './parameters.js';
import { detailsAnswer, enteredAnswer } from './snapshot-answers.js';

const NONE = z.tuple([]);
const CODE = z.tuple([codeParameter]);
const OPTIONAL_CODE = z
  .array(optionalCode)
  .max(1)
  .transform(([code = DEFAULT_CODE]) => code);

/** The calls of DirectoryStorageToolkit (docs/formats/snapshot-conf.md, "The calls"), and what Holdfast adds to them. */
export const SNAPSHOT_METHODS: ReadonlyMap<string, Method> = new Map([
  [
    'enterSnapshot',
    method({
      role: 'snapshot',
      signatures: [['struct'], ['struct', 'string']],
      help: 'Freezes the storage until leaveSnapshot is called with the same code, or its life is over. Without a code: "toolkit". Gives code, lifeSeconds, until, and path, size and tid of the frozen file, or directory.',
      params: OPTIONAL_CODE,
      run: async (context, code) => enteredAnswer(context, await enterSnapshot(context, code)),
    }),
  ],
  [
    'leaveSnapshot',
    method({
      role: 'snapshot',
      signatures: [['boolean'], ['boolean', 'string']],
      help: 'Lets the storage go that was frozen with this code. Without a code: "toolkit". Gives true.',
      params: OPTIONAL_CODE,
      run: async (context, code) => {
        await leaveSnapshot(context, code);
        return true;
      },
    }),
  ],
  [
    'renewSnapshot',
    method({
      role: 'snapshot',
      signatures: [['struct', 'string']],
      help: 'Begins the life of the snapshot anew. Gives what enterSnapshot gives; path or directory only to the user who entered.',
      params: CODE,
      run: async (context, [code]) =>
        enteredAnswer(context, await context.toolkit.snapshots.renew(context.storage.name, code)),
    }),
  ],
  [
    'currentSnapshotCode',
    method({
      role: 'read',
      signatures: [['string']],
      help: 'The code of the snapshot as user/CODE, or a word of a Zope server (startup, packing, …); empty: in none.',
      params: NONE,
      // Not nil: that is an extension of XML-RPC, and to the callers of the original both are false.
      run: async ({ toolkit, storage }) => (await toolkit.snapshots.currentCode(storage.name)) ?? '',
    }),
  ],
  [
    'snapshotDetails',
    method({
      role: 'read',
      signatures: [['struct']],
      help: 'The snapshot that was entered through this server: code, by, entered, renewed, until, lifeSeconds, size, tid; path or directory only for the user who entered.',
      params: NONE,
      run: (context) => {
        const held = context.toolkit.snapshots.held(context.storage.name);
        if (held === undefined)
          throw new HoldfastError('toolkit.not-in-snapshot', 'The storage is in no snapshot of this server');
        return detailsAnswer(context, held);
      },
    }),
  ],
  [
    'isDirectorystorage',
    method({
      role: 'read',
      signatures: [['int']],
      help: '1 for a DirectoryStorage, also behind a Zope; 0 for a FileStorage.',
      params: NONE,
      run: ({ storage }) => (storage.source.kind === 'filestorage' ? 0 : 1),
    }),
  ],
]);
