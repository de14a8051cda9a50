/** Names of exceptions and their codes on the wire, from the services' API models (`awsQueryError`). */

const STS_WITHOUT_SUFFIX = new Set([
  'IDPCommunicationErrorException',
  'IDPRejectedClaimException',
  'InsufficientSessionLifetimeException',
  'InvalidContextAssertionException',
  'InvalidIdentityTokenException',
  'InvalidSubjectCredentialsException',
  'MalformedPolicyDocumentException',
  'PackedPolicyTooLargeException',
]);

/** Code of a query service's XML error: SNS, IAM and most of STS drop the suffix of the exception's name. */
export function xmlCode(service: string, name: string): string {
  if (service === 'sts') return STS_WITHOUT_SUFFIX.has(name) ? name.replace(/Exception$/, '') : name;
  if (service === 'iam') return name.replace(/Exception$/, '');
  if (service !== 'sns' || name === 'ValidationException') return name;
  if (name === 'InvalidParameterValueException') return 'ParameterValueInvalid';
  return name.replace(/Exception$/, '');
}

const SQS_PREFIXED = new Set([
  'BatchEntryIdsNotDistinct',
  'BatchRequestTooLong',
  'EmptyBatchRequest',
  'InvalidBatchEntryId',
  'MessageNotInflight',
  'PurgeQueueInProgress',
  'QueueDeletedRecently',
  'TooManyEntriesInBatchRequest',
  'UnsupportedOperation',
]);

const SQS_OTHER: Record<string, string> = {
  AccessDeniedException: 'AccessDenied',
  KmsAccessDenied: 'KMS.AccessDeniedException',
  KmsDisabled: 'KMS.DisabledException',
  KmsInvalidKeyUsage: 'KMS.InvalidKeyUsageException',
  KmsInvalidState: 'KMS.InvalidStateException',
  KmsNotFound: 'KMS.NotFoundException',
  KmsOptInRequired: 'KMS.OptInRequired',
  KmsThrottled: 'KMS.ThrottlingException',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
};

/** The code that SQS's older query protocol has for an exception. */
export function sqsQueryCode(name: string): string {
  return SQS_PREFIXED.has(name) ? `AWS.SimpleQueueService.${name}` : (SQS_OTHER[name] ?? name);
}
