// Put into a gateway by NODE_OPTIONS=--require: counts the bytes that are allocated on the heap between two lines on the socket BENCH_PROBE, also those that were collected again.
// V8 samples (every 8 KiB); over megabytes the sum is good to a few per cent, and no busy machine changes it.
const { createServer } = require('node:net');
const { Session } = require('node:inspector');

const SAMPLE_BYTES = 8_192;

if (process.argv[1]?.endsWith('bundle/gateway.js')) {
  const session = new Session();
  session.connect();
  const start = {
    samplingInterval: SAMPLE_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  };
  const server = createServer((socket) => {
    session.post('HeapProfiler.startSampling', start, () => socket.write('started\n'));
    socket.once('data', () => {
      session.post('HeapProfiler.stopSampling', (_error, { profile }) =>
        socket.end(`${sum(profile.head)}\n`),
      );
    });
  });
  server.listen(process.env.BENCH_PROBE).unref();
}

function sum(node) {
  let bytes = node.selfSize;
  for (const child of node.children) bytes += sum(child);
  return bytes;
}
