import type { Status, UpstreamStatus } from '../supervisor/status.ts';
import { PEER_ACTIONS } from '../supervisor/upstreams.ts';
import { askServer, clean, showFailure } from './ask-server.ts';
import { type ChosenServer, chooseServer } from './choose-server.ts';
import { type RunningServers, runningServers } from './running-servers.ts';
import { readServerLine } from './server-line.ts';
import type { Terminal } from './terminal.ts';
import { upstreamText } from './upstream-text.ts';

/** A peer is one word for each of its attributes, or all of them in quotes. */
const WORDS_MAX = 8;

/** `licorne upstream list [NAME]`, or `drain`, `undrain`, `add`, `remove` NAME PEER. */
export async function runUpstream(
  argv: readonly string[],
  terminal: Terminal,
  servers: RunningServers = runningServers(terminal.env),
): Promise<number> {
  const line = await readServerLine('upstream', argv, ['--json'], WORDS_MAX, terminal);
  if (typeof line === 'number') return line;
  const [verb = 'list', name = '', ...peer] = line.positionals;
  const action = PEER_ACTIONS.find((one) => one === verb);
  if (verb !== 'list' && action === undefined)
    return misused(terminal, `\`${verb}\` is nothing that can be done with an upstream`);
  if (action !== undefined && peer.length === 0)
    return misused(terminal, `${verb} needs the name of an upstream and the URL of a server`);
  if (action === undefined && peer.length > 0) return misused(terminal, `unexpected: \`${peer.join(' ')}\``);
  const chosen = chooseServer(line, servers, terminal);
  if (chosen === null) return 1;
  if (action === undefined) return list(chosen, name, line.flags.has('--json'), servers, terminal);
  const command = { command: 'upstream', action, upstream: name, peer: peer.join(' ') };
  const answer = await askServer(chosen, command, servers, terminal);
  if (answer === null) return 1;
  if (!answer.ok) {
    showFailure(answer, terminal);
    return 1;
  }
  terminal.out(`${name}: ${clean(String(answer['peer']))} ${DONE[action]}\n`);
  return 0;
}

const DONE = {
  drain: 'gets no new requests',
  undrain: 'gets requests again',
  add: 'was added, until the server ends or a reload finds the table changed',
  remove: 'was removed, until the server ends or a reload finds the table changed',
} as const;

async function list(
  chosen: ChosenServer,
  name: string,
  json: boolean,
  servers: RunningServers,
  terminal: Terminal,
): Promise<number> {
  const answer = await askServer(chosen, { command: 'status' }, servers, terminal);
  if (answer === null) return 1;
  if (!answer.ok) {
    showFailure(answer, terminal);
    return 1;
  }
  const all: readonly UpstreamStatus[] = (answer as unknown as Status).upstreams ?? [];
  const shown = all.filter((upstream) => name === '' || upstream.name === name);
  if (shown.length === 0 && name !== '') {
    const names = all.map((upstream) => upstream.name).join(', ');
    terminal.err(`licorne: error: there is no upstream \`${name}\`\n  there    ${names || 'is none'}\n`);
    return 1;
  }
  if (json) terminal.out(`${JSON.stringify(shown, null, 2)}\n`);
  else if (shown.length === 0) terminal.out('no server stands behind this one\n');
  else terminal.out(`${shown.map((upstream) => upstreamText(upstream).join('\n')).join('\n\n')}\n`);
  return 0;
}

function misused(terminal: Terminal, message: string): number {
  terminal.err(
    `licorne: error: ${message}\n  allowed  upstream list [NAME], or upstream drain|undrain|add|remove NAME PEER\n`,
  );
  return 2;
}
