const REOPEN_AFTER_MS = 3000;

/**
 * Keeps one stream of server-sent events open for as long as the page is shown.
 * The browser reconnects by itself after a dropped line, but not after an error status: that is done here.
 */
export function listen({ onPolicy, onCatalogue, onConnection }) {
  let source;
  let reopening;

  function open() {
    source = new EventSource('/api/v1/events');
    source.addEventListener('policy', (event) => onPolicy(JSON.parse(event.data)));
    source.addEventListener('catalogue', (event) => onCatalogue(JSON.parse(event.data)));
    source.addEventListener('open', () => onConnection(true));
    source.addEventListener('error', () => {
      onConnection(false);
      if (source.readyState === EventSource.CLOSED) reopening = setTimeout(open, REOPEN_AFTER_MS);
    });
  }

  addEventListener('pagehide', () => {
    clearTimeout(reopening);
    source.close();
  });
  addEventListener('pageshow', (event) => event.persisted && open());
  open();
}
