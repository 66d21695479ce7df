import Deserializer from 'xmlrpc/lib/deserializer.js';

/** An answer as the library reads it that `holdfast snapshot` uses; a fault as its struct. */
export function answerOf(text: string): unknown {
  let answer: unknown;
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
      answer = faultIn(error) ?? error ?? value;
    },
  );
  if (answer instanceof Error) throw answer;
  return answer;
}

function faultIn(error: unknown): object | undefined {
  if (!(error instanceof Error) || !('faultCode' in error) || !('faultString' in error)) return undefined;
  return { faultCode: error.faultCode, faultString: error.faultString };
}
