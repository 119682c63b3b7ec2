// A real OpenID Connect provider on loopback (npm oidc-provider), with the two people the stories need.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const page = (body) => `<!doctype html><html lang="en"><title>Club account</title><main><h1>Club account</h1>${body}</main></html>`;

/** Starts listening; `serve` follows once it is known where people come back to. */
export class Op {
  static async start() {
    const op = new Op();
    op.http = createServer((request, response) => op.answer(request, response));
    await new Promise((resolve) => op.http.listen(0, '127.0.0.1', resolve));
    op.url = `http://127.0.0.1:${op.http.address().port}`;
    /** What the provider says of each account: changed by stories. */
    op.people = {};
    return op;
  }

  /** What `--providers` of the program says of this provider. */
  get configuration() {
    return JSON.stringify([{ id: 'club', name: 'Club', discovery: this.url, client_id: 'goodword', client_secret: 'a secret of the tests' }]);
  }

  serve(back) {
    this.provider = new Provider(this.url, {
      clients: [{ client_id: 'goodword', client_secret: 'a secret of the tests', redirect_uris: [back] }],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      features: { devInteractions: { enabled: false } },
      pkce: { required: () => true },
      cookies: { keys: ['of the tests'] },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (_, id) => this.people[id] && { accountId: id, claims: () => ({ sub: id, ...this.people[id] }) },
      // Whoever signs in agrees to name and address.
      loadExistingGrant: async (ctx) => {
        const grant = new this.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
    });
    this.callback = this.provider.callback();
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    if (this.broken && url.pathname === '/token') return response.writeHead(503).end('down');
    if (!url.pathname.startsWith('/interaction/')) return this.callback(request, response);
    if (request.method === 'GET') {
      const choices = Object.keys(this.people).map((id) => `<button name="as" value="${id}">Sign in as ${id}</button>`);
      response.setHeader('content-type', 'text/html; charset=utf-8');
      return response.end(page(`<form method="post">${choices.join('')}<button name="as" value="">Cancel</button></form>`));
    }
    let body = '';
    for await (const piece of request) body += piece;
    const accountId = new URLSearchParams(body).get('as');
    const result = accountId ? { login: { accountId, remember: false } } : { error: 'access_denied', error_description: 'the person said no' };
    return this.provider.interactionFinished(request, response, result);
  }

  async stop() {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }
}
