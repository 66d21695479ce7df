interface InWords {
  readonly reason: string;
  /** Undefined: that of the catalogue. */
  readonly hint?: string;
}

const REASONS: Readonly<Record<string, InWords>> = {
  ECONNREFUSED: {
    reason: 'connection refused',
    hint: 'Nothing listens there: start the server, or mend host and port of the URL.',
  },
  ENOTFOUND: { reason: 'no such host', hint: 'Mend the name of the host in the URL.' },
  EAI_AGAIN: { reason: 'the name of the host cannot be looked up now' },
  EHOSTUNREACH: { reason: 'the host cannot be reached' },
  ENETUNREACH: { reason: 'the network cannot be reached' },
  ECONNRESET: { reason: 'the connection was closed before the answer' },
};

/** What OpenSSL says of an answer in clear text. */
const NO_TLS = /wrong version number|packet length too long|http request/;
const UNTRUSTED = /^(?:CERT_UNTRUSTED|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/;
const NOT_ITS_CERTIFICATE = /^(?:ERR_TLS_CERT|CERT_|HOSTNAME_MISMATCH)/;

/** Why there was no answer, in the words of somebody who runs servers. */
export function connectionInWords(error: NodeJS.ErrnoException, api: URL): InWords {
  const { code = '', message } = firstOf(error);
  if (NO_TLS.test(message)) {
    return {
      reason: 'it does not speak TLS',
      hint: `Is it a server with http? Then the URL is http://${api.host}.`,
    };
  }
  if (UNTRUSTED.test(code)) {
    return {
      reason: `its certificate is not trusted (${message})`,
      hint: 'Name the certificate, or that of its authority, in the environment: NODE_EXTRA_CA_CERTS=/path/to/ca.pem.',
    };
  }
  if (NOT_ITS_CERTIFICATE.test(code)) return { reason: `its certificate is not accepted (${message})` };
  return REASONS[code] ?? { reason: message === '' ? code : message };
}

/** A host with several addresses gives an error for each. */
function firstOf(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return error instanceof AggregateError ? ((error.errors[0] as NodeJS.ErrnoException) ?? error) : error;
}
