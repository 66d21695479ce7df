/**
 * Runs `work` on up to `width` items at a time and gives the results in the order of the items.
 * When one fails, or the consumer stops, those under way are waited for before the error goes on, so that no
 * buffer is in use any more.
 */
export async function* ordered<In, Out>(
  items: AsyncIterable<In> | Iterable<In>,
  width: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const underWay: Promise<Out>[] = [];
  try {
    for await (const item of items) {
      const task = work(item);
      task.catch(() => {});
      underWay.push(task);
      if (underWay.length >= width) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    await Promise.allSettled(underWay);
  }
}
