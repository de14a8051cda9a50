/** What each service answers when it throttles, fails, refuses, or does not know a resource. */

import { ec2NotFound } from './ec2-resources.ts';
import { namedNotFound } from './named-resources.ts';
import type { Answer, AwsError, Call } from './overlay.ts';
import { errorAnswer, successAnswer } from './wire.ts';

type ErrorKind = 'throttle' | 'serverError' | 'accessDenied';

function throttle(call: Call): AwsError {
  // "Amazon S3 API Reference", Error responses: SlowDown.
  if (call.service === 's3')
    return { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' };
  // "Error codes for the Amazon EC2 API": RequestLimitExceeded, HTTP 503.
  if (call.service === 'ec2')
    return { status: 503, code: 'RequestLimitExceeded', message: 'Request limit exceeded.' };
  const message = 'Rate exceeded';
  // Amazon EKS API Reference, ThrottlingException.
  if (call.protocol === 'restJson') return { status: 429, code: 'ThrottlingException', message };
  // "Amazon Route 53 Developer Guide", Quotas: HTTP 400, Throttling, Rate exceeded.
  const plain = call.protocol === 'query' || call.service === 'route53';
  return { status: 400, code: plain ? 'Throttling' : 'ThrottlingException', message };
}

function serverError(call: Call, status: number): AwsError {
  if (call.service === 'eks') {
    const code = status === 503 ? 'ServiceUnavailableException' : 'ServerException';
    return { status, code, message: 'The server has failed.' };
  }
  if (status === 503) {
    const unavailable: Record<string, string> = { kms: 'DependencyTimeoutException', ec2: 'Unavailable' };
    const code = unavailable[call.service] ?? 'ServiceUnavailable';
    return { status, code, message: 'The request has failed due to a temporary failure of the server.' };
  }
  const codes: Record<string, string> = {
    s3: 'InternalError',
    sns: 'InternalErrorException',
    kms: 'KMSInternalException',
    tagging: 'InternalServiceException',
    ec2: 'InternalError',
    iam: 'ServiceFailure',
  };
  return {
    status,
    code: codes[call.service] ?? 'InternalFailure',
    message: 'We encountered an internal error.',
  };
}

/** Without the suffix, in HTTP 403. */
const PLAIN_DENIAL = new Set(['sts', 'iam', 'route53', 'rds', 'elasticache']);

function accessDenied(call: Call): AwsError {
  const { service } = call;
  const action = `${service}:${call.operation}`;
  const message = `User: ${call.callerArn || 'anonymous'} is not authorized to perform: ${action} on resource: ${call.resource || '*'}`;
  if (service === 'eks') return { status: 403, code: 'AccessDeniedException', message };
  if (service === 's3') return { status: 403, code: 'AccessDenied', message: 'Access Denied' };
  if (service === 'sns') return { status: 403, code: 'AuthorizationErrorException', message };
  if (PLAIN_DENIAL.has(service)) return { status: 403, code: 'AccessDenied', message };
  if (service === 'ec2') {
    const plain = `You are not authorized to perform this operation. ${message}`;
    return { status: 403, code: 'UnauthorizedOperation', message: plain };
  }
  return { status: service === 'sqs' ? 403 : 400, code: 'AccessDeniedException', message };
}

/** The error of a fault; `change` overrides its status, code or message. */
export function faultError(
  call: Call,
  kind: ErrorKind,
  change: { status?: number; code?: string; message?: string },
): Answer {
  const { status, code, message } = change;
  const usual =
    kind === 'throttle'
      ? throttle(call)
      : kind === 'serverError'
        ? serverError(call, status ?? 500)
        : accessDenied(call);
  return errorAnswer(call, {
    ...usual,
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message }),
  });
}

/** The service's own answer for a resource that it does not know; undefined for a service without one. */
export function notFound(call: Call, resource: string): Answer | undefined {
  // A list of prefixes is empty, and no error.
  if (call.operation === 'DescribeLogGroups') return successAnswer(call, { logGroups: [] });
  const error: Record<string, AwsError> = {
    eks: { status: 404, code: 'ResourceNotFoundException', message: `No resource found for: ${resource}.` },
    s3: {
      status: 404,
      code: 'NoSuchBucket',
      message: 'The specified bucket does not exist',
      fields: { BucketName: resource },
    },
    sqs: { status: 400, code: 'QueueDoesNotExist', message: 'The specified queue does not exist.' },
    sns: {
      status: 404,
      code: call.operation === 'ListTagsForResource' ? 'ResourceNotFoundException' : 'NotFoundException',
      message: resource.split(':').length > 6 ? 'Subscription does not exist' : 'Topic does not exist',
    },
    kms: { status: 400, code: 'NotFoundException', message: `Invalid keyId '${resource}'` },
  };
  const ec2 = call.service === 'ec2' ? ec2NotFound(resource, call.operation) : undefined;
  const other = error[call.service] ?? namedNotFound(call, resource);
  const known = ec2 === undefined ? other : { status: 400, ...ec2 };
  return known && errorAnswer(call, known);
}

/** Nothing in the bench can answer this call: loud, and no SDK retries a 501. */
export function notImplemented(call: Call, detail: string): Answer {
  const message = `The test bench has no ${call.service || 'service'}:${call.operation} (${call.method} ${call.path}): ${detail}`;
  return errorAnswer(call, { status: 501, code: 'NotImplementedByBench', message });
}
