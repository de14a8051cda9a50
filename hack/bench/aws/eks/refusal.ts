import type { AwsError } from '../overlay.ts';

/** HTTP status of each exception: Amazon EKS API Reference, "Errors" of the operations. */
const STATUS = {
  BadRequestException: 400,
  InvalidParameterException: 400,
  InvalidRequestException: 400,
  InvalidStateException: 400,
  NotFoundException: 404,
  ResourceInUseException: 409,
  ResourceLimitExceededException: 400,
  ResourceNotFoundException: 404,
  UnsupportedAvailabilityZoneException: 400,
} as const;

/** What EKS answers instead of doing it. */
export class Refusal extends Error {
  readonly error: AwsError;

  constructor(code: keyof typeof STATUS, message: string, fields: Record<string, unknown> = {}) {
    super(message);
    // Fields of an EKS error may be lists: `validZones`.
    this.error = { status: STATUS[code], code, message, fields: fields as Record<string, string> };
  }
}

export function invalid(message: string, fields?: Record<string, unknown>): Refusal {
  return new Refusal('InvalidParameterException', message, fields);
}

export function inUse(message: string): Refusal {
  return new Refusal('ResourceInUseException', message);
}

export function badState(message: string): Refusal {
  return new Refusal('InvalidRequestException', message);
}

export function absent(message: string): Refusal {
  return new Refusal('ResourceNotFoundException', message);
}
