// First: it tells the editor where its workers are before the editor is loaded.
import 'graphiql/setup-workers/vite';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import './style.css';
import { readingTheText } from './current-operation';
import { firstTabs } from './first-tabs';

// The page is served at the API's own address.
const api = new URL(window.location.href);
api.search = '';
api.hash = '';

const socket = new URL(api);
socket.protocol = api.protocol === 'https:' ? 'wss:' : 'ws:';

/** The headers editor is where a token goes; the fetcher sends it with each request and when it opens a socket. */
const fetcher = readingTheText(
  createGraphiQLFetcher({
    url: api.href,
    subscriptionUrl: socket.href,
    enableIncrementalDelivery: false,
  }),
);

const logo = createElement(
  GraphiQL.Logo,
  null,
  createElement('span', { className: 'podql-logo' }, 'pod', createElement('span', null, 'ql')),
);

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    createElement(
      GraphiQL,
      {
        fetcher,
        defaultTabs: firstTabs,
        defaultQuery: '# Type an operation here, or look at the documentation at the left.\n',
        defaultEditorToolsVisibility: 'variables',
        // A token must not stay in the browser's storage unless somebody asks for it.
        shouldPersistHeaders: false,
      },
      logo,
    ),
  );
}
