/**
 * T as a person writes it: every field may be missing or null, all the way down. What GraphQL inputs and manifests give
 * before defaults are filled in. Maps of strings stay as they are.
 */
export type Loose<T> = T extends readonly (infer Item)[]
  ? readonly Loose<Item>[]
  : T extends Readonly<Record<string, string>>
    ? T
    : T extends object
      ? { readonly [Field in keyof T]?: Loose<T[Field]> | null }
      : T;
