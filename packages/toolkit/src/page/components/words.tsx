/** A sentence of Holdfast: what stands between backticks is code. */
export function Words({ text }: { readonly text: string }) {
  const parts = text.split('`');
  // An odd backtick is one.
  if (parts.length % 2 === 0) return <>{text}</>;
  return <>{parts.map((part, index) => (index % 2 === 0 ? part : <code key={part}>{part}</code>))}</>;
}
