/** Lets one node after the other lose its pods. Whoever has had its turn keeps it until it is forgotten. */
export class EvictionPace {
  private lastTurn: number | null = null;
  private readonly hadTurn = new Set<string>();

  /** 0: it is this node's turn, which is taken by asking. Else the milliseconds until it may ask again. `rate` is above 0. */
  askForTurn(nodeName: string, now: number, rate: number): number {
    if (this.hadTurn.has(nodeName)) return 0;
    const next = this.lastTurn === null ? now : this.lastTurn + 1000 / rate;
    if (next > now) return next - now;
    this.lastTurn = now;
    this.hadTurn.add(nodeName);
    return 0;
  }

  forget(nodeName: string): void {
    this.hadTurn.delete(nodeName);
  }

  forgetAll(): void {
    this.hadTurn.clear();
  }
}
