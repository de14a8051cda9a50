import { CloudError, type ErrorClass } from '../engine/errors.ts';

/**
 * What AWS's error codes mean, one table a service. Sources: the "Errors" section of each operation in the service's
 * API Reference. A code that is not listed is judged by its HTTP status, and retried where that says nothing.
 */
type Table = Readonly<Record<string, ErrorClass>>;

const COMMON: Table = {
  AccessDenied: 'Denied',
  AccessDeniedException: 'Denied',
  UnauthorizedOperation: 'Denied',
  AuthorizationError: 'Denied',
  AuthorizationErrorException: 'Denied',
  AuthFailure: 'Denied',
  InvalidClientTokenId: 'Denied',
  UnrecognizedClientException: 'Denied',
  OptInRequired: 'Denied',
  // Expired credentials are renewed by the session; the next attempt has new ones.
  ExpiredToken: 'Transient',
  ExpiredTokenException: 'Transient',
  RequestExpired: 'Transient',
  RequestTimeTooSkewed: 'Transient',
  Throttling: 'Throttled',
  ThrottlingException: 'Throttled',
  ThrottledException: 'Throttled',
  RequestThrottled: 'Throttled',
  RequestThrottledException: 'Throttled',
  RequestLimitExceeded: 'Throttled',
  TooManyRequestsException: 'Throttled',
  SlowDown: 'Throttled',
  BandwidthLimitExceeded: 'Throttled',
  InternalError: 'Transient',
  InternalFailure: 'Transient',
  InternalErrorException: 'Transient',
  InternalServiceError: 'Transient',
  ServiceUnavailable: 'Transient',
  ServiceUnavailableException: 'Transient',
  RequestTimeout: 'Transient',
  TimeoutError: 'Transient',
};

const SERVICES: Readonly<Record<string, Table>> = {
  SQS: {
    QueueDoesNotExist: 'NotFound',
    'AWS.SimpleQueueService.NonExistentQueue': 'NotFound',
    ResourceNotFoundException: 'NotFound',
    // Amazon SQS API Reference, CreateQueue: the name is free again 60 seconds after a deletion.
    QueueDeletedRecently: 'Busy',
    'AWS.SimpleQueueService.QueueDeletedRecently': 'Busy',
    QueueNameExists: 'Conflict',
    QueueAlreadyExists: 'Conflict',
    InvalidAttributeName: 'Invalid',
    InvalidAttributeValue: 'Invalid',
    InvalidParameterValue: 'Invalid',
    InvalidAddress: 'NotFound',
    OverLimit: 'Quota',
    'KMS.NotFoundException': 'Invalid',
  },
  SNS: {
    NotFound: 'NotFound',
    NotFoundException: 'NotFound',
    ResourceNotFoundException: 'NotFound',
    ConcurrentAccess: 'Busy',
    ConcurrentAccessException: 'Busy',
    StaleTag: 'Busy',
    StaleTagException: 'Busy',
    InvalidParameter: 'Invalid',
    InvalidParameterException: 'Invalid',
    TagPolicy: 'Invalid',
    TagPolicyException: 'Invalid',
    TopicLimitExceeded: 'Quota',
    TopicLimitExceededException: 'Quota',
    SubscriptionLimitExceeded: 'Quota',
    SubscriptionLimitExceededException: 'Quota',
    FilterPolicyLimitExceeded: 'Quota',
    FilterPolicyLimitExceededException: 'Quota',
    TagLimitExceeded: 'Quota',
    TagLimitExceededException: 'Quota',
  },
  KMS: {
    NotFoundException: 'NotFound',
    AlreadyExistsException: 'Conflict',
    KMSInvalidStateException: 'Busy',
    DisabledException: 'Busy',
    DependencyTimeoutException: 'Transient',
    KMSInternalException: 'Transient',
    // A principal that was made a moment ago is not visible yet, so this may pass; the spec rarely is to blame.
    MalformedPolicyDocumentException: 'Unknown',
    InvalidArnException: 'NotFound',
    ValidationException: 'Invalid',
    TagException: 'Invalid',
    InvalidAliasNameException: 'Invalid',
    LimitExceededException: 'Quota',
    ConflictException: 'Busy',
  },
  S3: {
    NotFound: 'NotFound',
    NoSuchBucket: 'NotFound',
    NoSuchTagSet: 'NotFound',
    NoSuchBucketPolicy: 'NotFound',
    NoSuchLifecycleConfiguration: 'NotFound',
    NoSuchPublicAccessBlockConfiguration: 'NotFound',
    NoSuchCORSConfiguration: 'NotFound',
    ServerSideEncryptionConfigurationNotFoundError: 'NotFound',
    OwnershipControlsNotFoundError: 'NotFound',
    BucketAlreadyExists: 'Conflict',
    BucketAlreadyOwnedByYou: 'Conflict',
    OperationAborted: 'Busy',
    BucketNotEmpty: 'Blocked',
    InvalidBucketName: 'Invalid',
    InvalidArgument: 'Invalid',
    InvalidRequest: 'Invalid',
    MalformedPolicy: 'Invalid',
    MalformedXML: 'Invalid',
    IllegalLocationConstraintException: 'Invalid',
    InvalidTargetBucketForLogging: 'Unknown',
    TooManyBuckets: 'Quota',
  },
  STS: {
    RegionDisabledException: 'Denied',
    MalformedPolicyDocument: 'Invalid',
  },
  'Resource Groups Tagging API': {
    InvalidParameterException: 'Unknown',
    PaginationTokenExpiredException: 'Transient',
  },
};

interface SdkError {
  readonly name?: string;
  readonly Code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $fault?: string;
}

/** A failed SDK call as a CloudError. The message names the call, so that a condition says what to look at. */
export function classify(service: string, operation: string, error: unknown): CloudError {
  if (error instanceof CloudError) return error;
  const sdk = typeof error === 'object' && error !== null ? (error as SdkError) : {};
  const codes = [sdk.name, sdk.Code].filter(code => code !== undefined);
  const errorClass = classOf(service, codes, sdk);
  const code = codes[0] ?? 'Error';
  const text = (sdk.message ?? String(error)).replace(/\s+/g, ' ').slice(0, 400);
  const message =
    errorClass === 'Denied'
      ? `AWS refused ${service}:${operation} (${code}): ${text}`
      : `${service} ${operation}: ${code}: ${text}`;
  return new CloudError(errorClass, message, { code, cause: error });
}

function classOf(service: string, codes: readonly string[], error: SdkError): ErrorClass {
  for (const code of codes) {
    const listed = SERVICES[service]?.[code] ?? COMMON[code];
    if (listed !== undefined) return listed;
  }
  const status = error.$metadata?.httpStatusCode;
  // S3 answers HeadBucket without a body, so only the status tells; 403 is somebody else's bucket.
  if (status === 403) return 'Denied';
  if (status === 404 && service === 'S3') return 'NotFound';
  if (status === 429) return 'Throttled';
  if (status !== undefined && status >= 500 && status !== 501) return 'Transient';
  if (status === undefined) return 'Transient';
  return 'Unknown';
}

/** Undefined where AWS says that the thing does not exist; other errors pass through. */
export async function orAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CloudError && error.class === 'NotFound') return undefined;
    throw error;
  }
}
