/** The labels of a metric of the registry, which its type leaves out. Throws Error when there are none to read. */
export function labelsOf(metric: { name: string }): string[] {
  if (!('labelNames' in metric) || !Array.isArray(metric.labelNames))
    throw new Error(`${metric.name} does not tell its labels`);
  return metric.labelNames.map(String);
}
