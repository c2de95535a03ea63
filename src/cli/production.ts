/**
 * Unless this says production, graphql-js looks at each value it completes for a second copy of itself; it reads this once,
 * when it is loaded, so this file comes before all others. That there is one copy only, scripts/one-graphql.mjs sees to.
 */
process.env.NODE_ENV ??= 'production';
