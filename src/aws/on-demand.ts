type EnvironmentServices = typeof import('./environment-services.ts');

/**
 * The SDK's clients for a network and a cluster take some 80 MB and 0.3 s to load (EC2's alone most of it). An operator
 * that has only queues, topics and buckets to look after never loads them.
 */
let services: EnvironmentServices | undefined;

export async function loadEnvironmentServices(): Promise<EnvironmentServices> {
  services ??= await import('./environment-services.ts');
  return services;
}

/** Undefined: no type of theirs was needed yet. */
export function loadedEnvironmentServices(): EnvironmentServices | undefined {
  return services;
}
