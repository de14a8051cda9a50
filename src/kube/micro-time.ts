/** The time as coordination.k8s.io and events.k8s.io want it: RFC 3339 with six decimals (Kubernetes API, MicroTime). */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
