// A mail relay that asks for TLS and a password, and can be told to refuse: what letters are really handed to.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';

const certificates = path.resolve(import.meta.dirname, 'certificates');
export const certificate = path.join(certificates, 'localhost.pem');

/** A relay on a free port of localhost. */
export class Relay {
  /** @type {{to: string, from: string, secure: boolean, user: string, raw: string}[]} */
  letters = [];
  /** Recipients with the answers they get before any letter is taken, e.g. [451]. */
  refusals = new Map();
  #waiting = [];

  static async start({ user, password }) {
    const relay = new Relay();
    relay.server = new SMTPServer({
      key: readFileSync(path.join(certificates, 'localhost.key')),
      cert: readFileSync(certificate),
      authMethods: ['PLAIN'],
      disableReverseLookup: true,
      onAuth: (auth, session, done) =>
        auth.username === user && auth.password === password ? done(null, { user }) : done(new Error('wrong password')),
      onRcptTo: ({ address }, session, done) => {
        const code = relay.refusals.get(address)?.shift();
        if (!code) return done();
        relay.#tell({ refused: address, code });
        done(Object.assign(new Error(code < 500 ? 'try again later' : 'no such user'), { responseCode: code }));
      },
      onData: (stream, session, done) => {
        const parts = [];
        stream.on('data', (part) => parts.push(part));
        stream.on('end', () => {
          const { envelope } = session;
          const raw = Buffer.concat(parts).toString('utf8');
          const letter = { to: envelope.rcptTo[0].address, from: envelope.mailFrom.address, secure: session.secure, user: session.user, raw };
          relay.letters.push(letter);
          done();
          relay.#tell(letter);
        });
      },
    });
    relay.server.on('error', () => {}); // a client that hangs up is its own affair
    await new Promise((resolve) => relay.server.listen(0, 'localhost', resolve));
    relay.port = relay.server.server.address().port;
    return relay;
  }

  #tell(event) {
    this.#waiting = this.#waiting.filter(({ fits, resolve }) => !fits(event) || resolve(event));
  }

  /** The next event that `fits`: a letter, or `{refused, code}`. Ask before doing what causes it. */
  next(fits) {
    return new Promise((resolve) => this.#waiting.push({ fits, resolve }));
  }

  async stop() {
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The header lines of a letter, unfolded, by lower-case name; and its text and HTML parts, decoded. */
export function read(raw) {
  const [head, ...rest] = raw.split('\r\n\r\n');
  const headersOf = (text) => Object.fromEntries(text.replace(/\r\n[ \t]+/g, ' ').split('\r\n').map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
  }));
  const headers = headersOf(head);
  const parts = {};
  const boundary = /boundary="?([^";]+)/.exec(headers['content-type'])?.[1];
  for (const part of rest.join('\r\n\r\n').split(`--${boundary}`)) {
    const at = part.indexOf('\r\n\r\n');
    if (at < 0) continue;
    const own = headersOf(part.slice(0, at).trim());
    const body = part.slice(at + 4);
    const kind = own['content-type']?.split(';')[0];
    const decoded = {
      base64: () => Buffer.from(body, 'base64').toString('utf8'),
      'quoted-printable': () => Buffer.from(body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8'),
    }[own['content-transfer-encoding']?.toLowerCase()]?.() ?? body;
    if (kind) parts[kind] = decoded;
  }
  return { headers, parts };
}
