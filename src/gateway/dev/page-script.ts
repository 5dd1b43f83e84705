/**
 * What runs in a page. A hidden page lets go of its connection (a browser has six to a server) and asks again when it is seen; what it has
 * missed it knows by the state.
 */
export const PAGE_SCRIPT = `(() => {
  'use strict';
  let { state, events } = document.currentScript.dataset;
  if (window.licorneReload) return;
  window.licorneReload = true;
  let source = null;

  const styles = (names) => {
    const links = [...document.querySelectorAll('link[rel~="stylesheet"][href]')].filter(
      (link) => new URL(link.href, location.href).origin === location.origin,
    );
    if (links.length === 0) return;
    const nameOf = (link) => new URL(link.href, location.href).pathname.split('/').pop();
    const meant = links.filter((link) => names.includes(nameOf(link)));
    // A sheet that others import, or are made from, has no link of its own.
    for (const link of meant.length > 0 ? meant : links) {
      const url = new URL(link.href, location.href);
      url.searchParams.set('licorne', Date.now());
      const fresh = link.cloneNode();
      fresh.href = url.href;
      fresh.addEventListener('load', () => link.remove());
      fresh.addEventListener('error', () => fresh.remove());
      link.after(fresh);
    }
  };

  const open = () => {
    if (source !== null || document.visibilityState === 'hidden') return;
    source = new EventSource(events);
    const compare = ({ data }) => {
      if (data.split('/')[0] !== state.split('/')[0]) location.reload();
      else if (data !== state) styles([]);
      state = data;
    };
    source.addEventListener('hello', compare);
    source.addEventListener('reload', compare);
    source.addEventListener('css', ({ data }) => {
      const news = JSON.parse(data);
      state = news.state;
      styles(news.names);
    });
  };

  const close = () => {
    source?.close();
    source = null;
  };

  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') close();
    else open();
  });
  addEventListener('pagehide', close);
  addEventListener('pageshow', open);
  open();
})();
`;
