// Starts and stops the program under test, and talks to what only the demo offers: its mailbox and its clock.
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const binary = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'debug', 'goodword');

/** A running demo network. */
export class Server {
  /** Origins that its pages may lead to besides its own: a provider of accounts. */
  friends = [];

  /**
   * @param {{database?: string, command?: string, options?: string[]}} wanted `database`: a database URL; without one the demo is
   * thrown away at the end. `command`: `serve` for a network of real people. `options`: more of the command line.
   */
  static async start({ database, command = 'demo', options = [] } = {}) {
    const server = new Server();
    const args = [command, '--listen', '127.0.0.1:0', ...(database ? ['--database', database] : []), ...options];
    server.output = [];
    server.child = spawn(binary, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } });
    const gone = new Promise((resolve) => server.child.once('exit', resolve));
    server.gone = gone;
    server.url = await new Promise((resolve, reject) => {
      for (const stream of [server.child.stdout, server.child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          server.output.push(line);
          const found = /listening on (http:\/\/[\w.:[\]-]+)/.exec(line);
          if (found) resolve(found[1]);
        });
      }
      server.child.once('error', reject);
      gone.then((code) => reject(new Error(`goodword ended with ${code}:\n${server.output.slice(-30).join('\n')}`)));
    });
    await server.ready();
    return server;
  }

  /** Runs a command of the program to its end, with `input` on its standard input; returns what it prints. */
  static run(args, input) {
    return execFileSync(binary, args, { cwd: root, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** Waits until the network is filled and every part of it answers. */
  async ready() {
    for (;;) {
      const answer = await fetch(`${this.url}/readyz`);
      if (answer.ok) return;
      if (answer.status !== 503) throw new Error(`/readyz answered ${answer.status}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop() {
    this.child.kill('SIGTERM');
    const code = await this.gone;
    if (code !== 0) throw new Error(`goodword ended with ${code}:\n${this.output.slice(-30).join('\n')}`);
  }

  /** The letters sent so far, oldest first. */
  async letters() {
    return (await fetch(`${this.url}/dev/mailbox.json`)).json();
  }

  /** Moves the program's clock forward, and so runs what has come due. */
  async advance(days) {
    const answer = await fetch(`${this.url}/dev/clock`, { method: 'POST', body: new URLSearchParams({ seconds: String(Math.round(days * 86_400)) }), redirect: 'manual' });
    if (answer.status >= 400) throw new Error(`/dev/clock answered ${answer.status}: ${await answer.text()}`);
  }
}

let databases = 0;

/** Makes an empty database in the PostgreSQL that ./test started, and returns its URL. */
export function newPostgresDatabase() {
  const base = process.env.GOODWORD_TEST_POSTGRES;
  if (!base) throw new Error('GOODWORD_TEST_POSTGRES is not set: run this by ./test e2e');
  const name = `e2e_${process.pid}_${++databases}`;
  execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', `CREATE DATABASE ${name}`, base], { stdio: 'pipe' });
  const url = new URL(base);
  url.pathname = `/${name}`;
  return url.href;
}
