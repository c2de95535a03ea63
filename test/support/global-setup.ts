import { ledgerFolder, settleAbandoned } from './ledger';

/** Before the first test file of a run: ends what aborted runs have left behind. */
export default async function globalSetup(): Promise<void> {
  const ended = await settleAbandoned(ledgerFolder);
  if (ended > 0) process.stderr.write(`ended ${ended} processes that an aborted test run had left behind\n`);
}
