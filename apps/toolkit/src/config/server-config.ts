import type { Thresholds } from '@holdfast/monitor';
import type { ToolkitStorage } from '@holdfast/toolkit';

/** A `toolkit.toml`, checked, with every path absolute (docs/toolkit/configuration.md). */
export interface ServerConfig {
  readonly file: string;
  readonly listen: Listen;
  /** Directory of what survives a restart; of this server alone. */
  readonly state: string;
  /** The access file: who may do what. */
  readonly access: string;
  readonly title: string;
  readonly tls: TlsFiles | undefined;
  /** Addresses, networks (`10.0.0.0/8`), or `unix`: who may say whom it speaks for (`X-Forwarded-For`). */
  readonly trustProxy: readonly string[];
  readonly log: LogLevel;
  /** From when on a backup or a check is too old. */
  readonly thresholds: Thresholds;
  readonly storages: readonly ToolkitStorage[];
}

export type Listen =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** `mode`: permission bits of the socket. */
  | { readonly kind: 'unix'; readonly path: string; readonly mode: number };

export interface TlsFiles {
  /** PEM, with the certificates between it and the root. */
  readonly certificate: string;
  readonly key: string;
}

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The sentence that allows passwords in clear text on a network. */
export const CLEAR_TEXT_CONSENT = 'I know that passwords cross the network in clear text';
