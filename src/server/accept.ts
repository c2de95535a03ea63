/** What an Accept header asks for. */

interface MediaRange {
  readonly type: string;
  readonly quality: number;
  /** Beside q; we send utf-8 only. */
  readonly otherCharset: boolean;
}

const page = 'text/html';
/** In either of them the API can answer. */
const answers = ['application/json', 'application/graphql-response+json'];

/** Does it belong to somebody who wants a page, and not data? Browsers name text/html first. */
export function prefersPage(accept: string | undefined): boolean {
  const wanted = rangesOf(accept ?? '').filter(({ type }) => type === page || answers.includes(type));
  const best = wanted.reduce((most, { quality }) => Math.max(most, quality), 0);
  return wanted.some(({ type, quality }) => type === page && quality > 0 && quality === best);
}

/** May the API answer at all? Whoever asks for nothing in particular takes everything. */
export function acceptsAnswers(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  const ranges = rangesOf(accept).filter(({ otherCharset }) => !otherCharset);
  return answers.some((answer) => {
    // The nearest range decides: "application/json;q=0, */*" is not for application/json.
    const nearest = [answer, 'application/*', '*/*'].find((type) => ranges.some((range) => range.type === type));
    return ranges.some(({ type, quality }) => type === nearest && quality > 0);
  });
}

function rangesOf(accept: string): readonly MediaRange[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return {
      type,
      quality: quality === undefined ? 1 : Number(quality.slice(2)),
      otherCharset: parameters.some((parameter) => parameter !== quality && !/^charset="?utf-8"?$/.test(parameter)),
    };
  });
}
