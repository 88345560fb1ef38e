// The part of the parser that tests use; the package brings no types.
declare module 'parse-prometheus-text-format' {
  type Metric = { readonly value: string; readonly labels?: Readonly<Record<string, string>> };
  type Family = { readonly name: string; readonly type: string; readonly metrics: readonly Metric[] };
  // oxlint-disable-next-line no-restricted-exports -- this is how the package exports it
  export default function parsePrometheusTextFormat(text: string): readonly Family[];
}
