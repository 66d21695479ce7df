/** What somebody may do. `admin` may all; each of the others includes `read`. */
export type Role = 'read' | 'snapshot' | 'backup' | 'admin';

/** Who asks, proven. */
export interface Identity {
  readonly user: string;
  readonly roles: ReadonlySet<Role>;
}

export function mayDo({ roles }: Identity, role: Role): boolean {
  return roles.has('admin') || roles.has(role) || (role === 'read' && roles.size > 0);
}
