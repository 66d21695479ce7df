import type { BlobEntry } from '../entry.js';
import { childPath, comparePaths, parentPath, ROOT_PATH } from '../manifest.js';
import type { DirectoryList, TarMember } from './tar-reader.js';

interface Node {
  entry: BlobEntry;
  readonly children: Map<string, Node>;
}

/** What is there after the members of archives so far: the rules of the extraction, on a tree in memory. */
export class ListedState {
  private root: Node | undefined;

  take(member: Exclude<TarMember, { kind: 'refused' }>): void {
    const { path, mode, uid, gid, mtimeMs } = member;
    const common = { path, mode, uid, gid, mtimeMs };
    if (member.kind === 'directory') {
      this.put({ kind: 'directory', ...common });
      if (member.list !== undefined) this.applyList(path, member.list);
    } else if (member.kind === 'file') {
      this.put({ kind: 'file', ...common, size: member.size, sha256: undefined });
    } else {
      const target = this.find(member.target)?.entry;
      if (target?.kind === 'file') this.put({ ...target, path });
    }
  }

  *entries(): Generator<BlobEntry> {
    if (this.root !== undefined) yield* below(this.root, ROOT_PATH);
  }

  private put(entry: BlobEntry): void {
    const node = this.make(entry.path, entry);
    if (entry.kind === 'file') node.children.clear();
    node.entry = entry;
  }

  /** The node of a path; directories on the way that no member names are made up. */
  private make(path: string, like: BlobEntry): Node {
    const parent = parentPath(path);
    const { uid, gid, mtimeMs } = like;
    const fresh = (): Node => ({
      entry: { kind: 'directory', path, mode: 0o700, uid, gid, mtimeMs },
      children: new Map(),
    });
    if (parent === undefined) {
      this.root ??= fresh();
      return this.root;
    }
    const above = this.make(parent, like);
    const name = lastPart(path);
    const found = above.children.get(name) ?? fresh();
    above.children.set(name, found);
    return found;
  }

  private applyList(directory: string, { names, renames }: DirectoryList): void {
    for (const { from, to } of renames) this.rename(from, to);
    const children = this.find(directory)?.children ?? new Map<string, Node>();
    for (const name of [...children.keys()]) if (!names.has(name)) children.delete(name);
  }

  private rename(from: string, to: string): void {
    const moved = this.find(from);
    if (moved === undefined || from === ROOT_PATH || to === ROOT_PATH) return;
    this.find(parentPath(from)!)?.children.delete(lastPart(from));
    this.make(parentPath(to)!, moved.entry).children.set(lastPart(to), moved);
  }

  private find(path: string): Node | undefined {
    if (path === ROOT_PATH) return this.root;
    let node = this.root;
    for (const part of path.split('/')) node = node?.children.get(part);
    return node;
  }
}

function* below(node: Node, path: string): Generator<BlobEntry> {
  yield { ...node.entry, path };
  const names = [...node.children.keys()].sort(comparePaths);
  for (const name of names) yield* below(node.children.get(name)!, childPath(path, name));
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
