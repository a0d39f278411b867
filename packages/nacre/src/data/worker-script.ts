/**
 * What a thread of a DataLoader runs: it makes the data set by its module, then the examples it is asked for, one batch after the other.
 * Plain JavaScript that imports nothing but that module, so that it runs wherever the library was bundled to.
 *
 * A data set that copies its examples (`source`) fills whole batches, whose memory moves to the asking thread; of others the examples are sent.
 */
export const workerScript = `
const open = async ({ url, name, args }) => (await import(url))[name](...args);

/** The batch, and the memory that moves with it. */
function filled({ source }, { indices, epoch, inputs, targets, isWeighted }) {
  const room = (kind) => kind && new globalThis[kind.array](kind.size * indices.length);
  const batch = { inputs: room(inputs), targets: room(targets), weights: isWeighted ? new Float32Array(indices.length) : null };
  indices.forEach((index, row) => {
    try {
      source.write(index, row, batch.inputs, batch.targets, batch.weights, epoch);
    } catch (error) {
      throw Object.assign(new Error(), { error, index });
    }
  });
  if (source.finish) source.finish(indices.length, indices[0], batch.inputs, batch.targets, epoch);
  return [{ batch }, Object.values(batch).filter(Boolean).map((array) => array.buffer)];
}

async function examples(dataset, { indices, epoch }) {
  const made = [];
  for (const index of indices) {
    try {
      made.push(await dataset.get(index, epoch));
    } catch (error) {
      throw Object.assign(new Error(), { error, index });
    }
  }
  return [{ examples: made }, []];
}

let opened;
async function answer(message) {
  const { id } = message;
  try {
    opened ??= open(message.module);
    const dataset = await opened;
    const [answer, transfer] = await (message.inputs ? filled : examples)(dataset, message);
    post({ id, ...answer }, transfer);
  } catch (caught) {
    const { error = caught, index } = caught ?? {};
    const isError = error instanceof Error;
    post({ id, index, failure: { name: isError ? error.name : 'Error', message: isError ? error.message : String(error), stack: isError ? error.stack : '' } }, []);
  }
}

// Each batch is whole, and sent, before the next is begun.
let last = Promise.resolve();
receive((message) => {
  last = last.then(() => answer(message));
});
`;
