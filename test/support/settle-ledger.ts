import { ledger } from './ledger';

/** After the last test of each file: what its tests have not ended themselves, they failed half-way. */
afterAll(() => ledger.settle(), 30_000);
