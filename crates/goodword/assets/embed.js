// Shows a conversation of Goodword on another site, in this element:
//   <div data-goodword="the-last-part-of-its-address"></div>
//   <script src="https://goodword.example/embed.js" async></script>
// or, where the script names it and no such element is there, below the script (at the end of the page, if the script stands
// in its head):
//   <script src="https://goodword.example/embed.js" data-post="the-last-part-of-its-address" async></script>
// It says how many comments there are in every link like this one, which works without it too:
//   <a href="https://goodword.example/conversations/the-last-part" data-goodword-count>Comments</a>
// It sends no cookies, keeps nothing, and shows only what everybody may read. What it shows stands apart from the page's own
// style; --goodword-accent and --goodword-text change its colours.
(() => {
  const script = document.currentScript;
  const base = script.src.replace(/\/embed\.js(\?.*)?$/, '');
  const read = (path) =>
    fetch(base + path, { credentials: 'omit', referrerPolicy: 'origin' }).then((answer) =>
      answer.ok ? answer.json() : Promise.reject(new Error(answer.status)));
  const count = (n) => (n === 1 ? '1 comment' : `${n} comments`);
  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };
  const link = (href, className, text) => {
    const a = make('a', className, text);
    if (/^https?:/i.test(href)) a.href = href;
    return a;
  };

  const counted = () => {
    const links = [...document.querySelectorAll('a[data-goodword-count]')];
    const slug = (a) => (a.href.startsWith(base + '/conversations/') ? a.pathname.split('/').pop() : '');
    const slugs = [...new Set(links.map(slug).filter(Boolean))];
    for (let i = 0; i < slugs.length; i += 50)
      read('/embed/counts?posts=' + slugs.slice(i, i + 50).map(encodeURIComponent).join(',')).then((counts) => {
        for (const a of links) if (Object.hasOwn(counts, slug(a))) a.textContent = count(counts[slug(a)]);
      }, () => {});
  };
  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { display: block; color: var(--goodword-text, inherit); font: inherit; line-height: 1.5; }
    a { color: var(--goodword-accent, currentColor); }
    h2 { font-size: 1.25em; margin: 1.5em 0 .5em; }
    ol { list-style: none; margin: 0; padding: 0; }
    li { margin: 0 0 1.25em; border-inline-start: 2px solid transparent; overflow-wrap: anywhere; }
    .d1 { margin-inline-start: 1em; } .d2 { margin-inline-start: 2em; } .d3 { margin-inline-start: 3em; }
    .d1, .d2, .d3 { border-color: color-mix(in srgb, currentColor 20%, transparent); padding-inline-start: .75em; }
    p { margin: .25em 0 .75em; } img { max-width: 100%; height: auto; }
    .by { font-size: .9em; } .by b { font-weight: 600; } .by, .gone { opacity: .8; }
    button { font: inherit; padding: .5em 1em; min-height: 44px; }
    blockquote { margin: .5em 0; padding-inline-start: .75em; border-inline-start: 3px solid currentColor; }
    pre { overflow-x: auto; }`);
  const item = (row) => {
    const li = make('li', 'd' + Math.min(row.depth, 3));
    li.id = 'comment-' + row.id;
    if (row.gone) li.append(make('p', 'gone', 'This comment was removed.'));
    else {
      const by = make('div', 'by');
      const name = make('b');
      name.append(row.website ? link(row.website, '', row.name) : row.name);
      if (row.website) name.firstChild.rel = 'nofollow ugc noopener';
      const when = link(row.url);
      const time = make('time', '', new Date(row.at).toLocaleDateString(undefined, { dateStyle: 'medium' }));
      time.dateTime = row.at;
      when.append(time);
      by.append(name, row.kind === 'comment' ? ' ' : ` (${row.kind}) `, when);
      const words = make('div', 'words');
      // Made safe by the server when it was written; nothing else on this page is HTML.
      words.innerHTML = row.html;
      li.append(by, words);
    }
    if (row.further > 0) {
      const p = make('p', 'by');
      p.append(link(row.url, '', row.further === 1 ? '1 more answer' : `${row.further} more answers`));
      li.append(p);
    }
    return li;
  };
  const thread = (host, post) => {
    if (host.shadowRoot) return;
    const root = host.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [style];
    const heading = make('h2', '', 'Comments');
    const list = make('ol');
    const more = make('button', '', 'Show more');
    more.hidden = true;
    const join = make('p');
    join.append(link(`${base}/conversations/${encodeURIComponent(post)}`, '', 'Read and answer on its own page'));
    root.append(heading, list, more, join);
    const show = (page) =>
      read(`/embed/conversations/${encodeURIComponent(post)}?page=${page}`).then((thread) => {
        heading.textContent = count(thread.comments);
        list.append(...thread.rows.map(item));
        join.firstChild.href = thread.url + (thread.closed ? '' : '#respond');
        join.firstChild.textContent = thread.closed ? 'Read it on its own page' : 'Join this conversation';
        more.hidden = thread.page >= thread.pages;
        more.onclick = () => { more.hidden = true; show(page + 1); };
      }, () => {
        if (!list.childElementCount) heading.textContent = 'Comments are on their own page';
      });
    show(1);
  };

  // The page is there to its end: a script in its head runs before there is anything to put a conversation into.
  const start = () => {
    counted();
    const places = [...document.querySelectorAll('div[data-goodword]')].filter((place) => place.dataset.goodword);
    for (const place of places) thread(place, place.dataset.goodword);
    const post = script.dataset.post;
    if (!post || places.some((place) => place.dataset.goodword === post)) return;
    const host = make('div', 'goodword');
    if (document.body.contains(script)) script.after(host);
    else document.body.append(host);
    thread(host, post);
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
