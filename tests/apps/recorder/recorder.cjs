// The same for Node: listens on PORT (0: the system chooses) and says which it is.
const { appendFileSync } = require('node:fs');
const { createServer } = require('node:http');

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, headers } = request;
    const body = Buffer.concat(chunks).toString('latin1');
    appendFileSync(
      process.env.RECORD,
      `${JSON.stringify({ method, target: decodeURI(url), headers, body })}\n`,
    );
    response.end('ok');
  });
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  process.stdout.write(`Listening on http://127.0.0.1:${server.address().port}\n`);
});
