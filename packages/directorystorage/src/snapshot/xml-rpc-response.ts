import type { HoldfastError } from '@holdfast/errors';
import type { ServerFailure } from './server-error.js';

/**
 * The value in an answer, or the error that it is.
 *
 * @param wrong makes the error
 */
export async function readResponse(
  text: string,
  wrong: (failure: ServerFailure, reason: string) => HoldfastError,
): Promise<unknown> {
  // Declarations and entities are how XML attacks its readers; XML-RPC has neither.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw wrong('not-xml-rpc', 'the answer declares XML entities');
  if (!/<methodResponse[\s>]/.test(text)) throw wrong('not-xml-rpc', 'the answer is not one of XML-RPC');
  const { default: Deserializer } = await import('xmlrpc/lib/deserializer.js');
  let answer: { readonly error: unknown; readonly value: unknown } | undefined;
  try {
    new Deserializer().deserializeMethodResponse(
      {
        setEncoding: () => {},
        on: () => {},
        pipe: (parser) => {
          parser.write(text);
          parser.end();
        },
      },
      (error, value) => {
        answer ??= { error, value };
      },
    );
  } catch (error) {
    answer ??= { error, value: undefined };
  }
  if (answer === undefined) throw wrong('not-xml-rpc', 'the answer is not whole');
  const { error, value } = answer;
  if (error === undefined || error === null) return value;
  const fault = faultString(error);
  if (fault !== undefined) throw wrong('fault', fault === '' ? 'a fault without a reason' : fault);
  throw wrong(
    'not-xml-rpc',
    `the answer cannot be read: ${error instanceof Error ? error.message : String(error)}`,
  );
}

/** The text of a fault; undefined for other errors. Zope's are pages of HTML at times: their tags say nothing. */
function faultString(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('faultString' in error)) return undefined;
  return String(error.faultString ?? '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[\s:]+|\s+$/g, '');
}
