import type { DocumentNode } from 'graphql';

/** Documents that passed, by their text. Bounded in number and in total length; what was not used for longest goes first. */
export class DocumentCache {
  private readonly documents = new Map<string, DocumentNode>();
  private characters = 0;

  constructor(private readonly bounds: { readonly documents: number; readonly characters: number }) {}

  get size(): number {
    return this.documents.size;
  }

  get(source: string): DocumentNode | undefined {
    const document = this.documents.get(source);
    if (document) {
      this.documents.delete(source);
      this.documents.set(source, document);
    }
    return document;
  }

  set(source: string, document: DocumentNode): void {
    if (source.length > this.bounds.characters || this.documents.has(source)) return;
    this.documents.set(source, document);
    this.characters += source.length;
    for (const oldest of this.documents.keys()) {
      if (this.documents.size <= this.bounds.documents && this.characters <= this.bounds.characters) return;
      this.documents.delete(oldest);
      this.characters -= oldest.length;
    }
  }
}
