// requests.ts PORT CONNECTIONS COUNT: asks COUNT times for / in all, each connection one request after the other, with a browser's headers. Prints how many were answered.
import { connect } from 'node:net';

const [port = 0, connections = 1, count = 1] = process.argv.slice(2).map(Number);
const REQUEST = [
  'GET / HTTP/1.1',
  `Host: 127.0.0.1:${port}`,
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.7',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Cookie: csrftoken=abcdefghijklmnopqrstuvwxyz012345; theme=light; consent=yes',
  'Upgrade-Insecure-Requests: 1',
].join('\r\n');

let asked = 0;
let answered = 0;
await Promise.all(Array.from({ length: connections }, serve));
process.stdout.write(JSON.stringify(answered));

function serve(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const ask = (): void => {
      if (asked === count) {
        socket.end();
        resolve();
        return;
      }
      asked += 1;
      socket.write(`${REQUEST}\r\n\r\n`);
    };
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0);
      if (end === -1 || text.length < end + 4 + length) return;
      text = '';
      answered += 1;
      ask();
    });
    socket.once('error', reject).once('connect', ask);
  });
}
