import { type createGraphiQLFetcher } from '@graphiql/toolkit';
import { parse, type DocumentNode } from 'graphql';

type Fetcher = ReturnType<typeof createGraphiQLFetcher>;

/**
 * GraphiQL looks at the editor's text a moment after it changed. Whoever changes the tab and executes at once would send the
 * new text with the name and the parsed form of the old one; what is sent here is always read from the text itself.
 */
export function readingTheText(fetcher: Fetcher): Fetcher {
  return (params, options) => {
    const documentAST = parsed(params.query);
    if (!documentAST) return fetcher(params, options);
    const names = documentAST.definitions.flatMap((part) => (part.kind === 'OperationDefinition' ? [part.name?.value] : []));
    const operationName = names.includes(params.operationName ?? undefined) ? params.operationName : names[0];
    return fetcher({ ...params, operationName }, { ...options, documentAST });
  };
}

/** Undefined when it cannot be read: the server says why better than we could. */
function parsed(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}
