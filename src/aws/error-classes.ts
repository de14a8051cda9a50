import type { ErrorClass } from '../engine/error-class.ts';

/**
 * What AWS's error codes mean, one table a service. Sources: the "Errors" section of each operation in the service's
 * API Reference. A code that is not listed is judged by its HTTP status, and retried where that says nothing.
 */
type Table = Readonly<Record<string, ErrorClass>>;

/** Codes that any service answers. */
const COMMON: Table = {
  AccessDenied: 'Denied',
  AccessDeniedException: 'Denied',
  UnauthorizedOperation: 'Denied',
  AuthorizationError: 'Denied',
  AuthorizationErrorException: 'Denied',
  AuthFailure: 'Denied',
  InvalidClientTokenId: 'Denied',
  UnrecognizedClientException: 'Denied',
  InvalidAccessKeyId: 'Denied',
  MissingAuthenticationToken: 'Denied',
  // AWS STS API Reference, AssumeRoleWithWebIdentity: what a ServiceAccount's token is exchanged by.
  IDPRejectedClaim: 'Denied',
  IDPRejectedClaimException: 'Denied',
  InvalidIdentityToken: 'Denied',
  InvalidIdentityTokenException: 'Denied',
  IDPCommunicationError: 'Transient',
  IDPCommunicationErrorException: 'Transient',
  NotAuthorized: 'Denied',
  NotAuthorizedException: 'Denied',
  OptInRequired: 'Denied',
  // Expired credentials are renewed by the session; the next attempt has new ones.
  ExpiredToken: 'Transient',
  ExpiredTokenException: 'Transient',
  RequestExpired: 'Transient',
  RequestTimeTooSkewed: 'Transient',
  RequestInTheFuture: 'Transient',
  Throttling: 'Throttled',
  ThrottlingException: 'Throttled',
  Throttled: 'Throttled',
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
  InternalServiceException: 'Transient',
  ServiceUnavailable: 'Transient',
  ServiceUnavailableException: 'Transient',
  RequestTimeout: 'Transient',
  RequestTimeoutException: 'Transient',
  RequestAbortedException: 'Transient',
  // No credentials yet: the agent that hands them out may be starting.
  CredentialsProviderError: 'Transient',
  TimeoutError: 'Transient',
};

const SERVICES: Readonly<Record<string, Table>> = {
  EKS: {
    ResourceNotFoundException: 'NotFound',
    NotFoundException: 'NotFound',
    // A name that is taken is told apart by the adaptor that creates; elsewhere another operation is under way.
    ResourceInUseException: 'Busy',
    // By its text, below.
    InvalidRequestException: 'Unknown',
    // "Amazon EKS detected upgrade readiness issues."
    InvalidStateException: 'Blocked',
    // "Required resources (such as service-linked roles) were created and are still propagating."
    ResourcePropagationDelayException: 'NotYet',
    InvalidParameterException: 'Invalid',
    BadRequestException: 'Invalid',
    UnsupportedAvailabilityZoneException: 'Invalid',
    ResourceLimitExceededException: 'Quota',
    ServerException: 'Transient',
    ClientException: 'Unknown',
  },
  SSM: {
    ParameterNotFound: 'NotFound',
    ParameterVersionNotFound: 'NotFound',
    InternalServerError: 'Transient',
  },
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
    InvalidSecurity: 'Invalid',
    UnsupportedOperation: 'Invalid',
    OverLimit: 'Quota',
    'KMS.NotFoundException': 'Invalid',
    'KMS.AccessDeniedException': 'Denied',
    'KMS.DisabledException': 'Busy',
    'KMS.InvalidStateException': 'Busy',
    'KMS.ThrottlingException': 'Throttled',
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
    InvalidParameterValue: 'Invalid',
    InvalidParameterValueException: 'Invalid',
    ValidationException: 'Invalid',
    InvalidSecurity: 'Invalid',
    InvalidSecurityException: 'Invalid',
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
    // The spec rarely is to blame. What the adaptor knows to pass by itself it tells apart.
    MalformedPolicyDocumentException: 'Unknown',
    InvalidArnException: 'NotFound',
    // A page of a list that began too long ago: the next look begins anew.
    InvalidMarkerException: 'Transient',
    ValidationException: 'Invalid',
    TagException: 'Invalid',
    UnsupportedOperationException: 'Invalid',
    InvalidAliasNameException: 'Invalid',
    LimitExceededException: 'Quota',
    ConflictException: 'Busy',
  },
  S3: {
    NotFound: 'NotFound',
    NoSuchBucket: 'NotFound',
    NoSuchKey: 'NotFound',
    NoSuchUpload: 'NotFound',
    NoSuchTagSet: 'NotFound',
    NoSuchBucketPolicy: 'NotFound',
    NoSuchLifecycleConfiguration: 'NotFound',
    NoSuchPublicAccessBlockConfiguration: 'NotFound',
    NoSuchCORSConfiguration: 'NotFound',
    ReplicationConfigurationNotFoundError: 'NotFound',
    ObjectLockConfigurationNotFoundError: 'NotFound',
    ServerSideEncryptionConfigurationNotFoundError: 'NotFound',
    OwnershipControlsNotFoundError: 'NotFound',
    BucketAlreadyExists: 'Conflict',
    BucketAlreadyOwnedByYou: 'Conflict',
    OperationAborted: 'Busy',
    InvalidBucketState: 'Busy',
    // The name is taken in another region ("Redirection reason", Amazon S3 API Reference, "Error responses").
    PermanentRedirect: 'Conflict',
    AuthorizationHeaderMalformed: 'Conflict',
    TemporaryRedirect: 'Transient',
    BucketNotEmpty: 'Blocked',
    BucketHasAccessPointsAttached: 'Blocked',
    InvalidBucketName: 'Invalid',
    InvalidArgument: 'Invalid',
    InvalidRequest: 'Invalid',
    InvalidTag: 'Invalid',
    MalformedPolicy: 'Invalid',
    MalformedXML: 'Invalid',
    IllegalLocationConstraintException: 'Invalid',
    InvalidTargetBucketForLogging: 'Unknown',
    TooManyBuckets: 'Quota',
  },
  // Amazon EC2 API Reference, "Error codes for the Amazon EC2 API". Some calls write `Id` where it says `ID`: case is nothing.
  EC2: {
    'InvalidVpcID.NotFound': 'NotFound',
    'InvalidSubnetID.NotFound': 'NotFound',
    'InvalidInternetGatewayID.NotFound': 'NotFound',
    'InvalidGatewayID.NotFound': 'NotFound',
    'Gateway.NotAttached': 'NotFound',
    'InvalidAllocationID.NotFound': 'NotFound',
    'InvalidAddress.NotFound': 'NotFound',
    NatGatewayNotFound: 'NotFound',
    'InvalidNatGatewayID.NotFound': 'NotFound',
    'InvalidRouteTableID.NotFound': 'NotFound',
    'InvalidRoute.NotFound': 'NotFound',
    'InvalidAssociationID.NotFound': 'NotFound',
    'InvalidGroup.NotFound': 'NotFound',
    'InvalidPermission.NotFound': 'NotFound',
    'InvalidSecurityGroupRuleId.NotFound': 'NotFound',
    'InvalidFlowLogId.NotFound': 'NotFound',
    'InvalidVpcEndpointId.NotFound': 'NotFound',
    'InvalidVpcEndpoint.NotFound': 'NotFound',
    'InvalidLaunchTemplateId.NotFound': 'NotFound',
    'InvalidLaunchTemplateName.NotFoundException': 'NotFound',
    'InvalidNetworkInterfaceID.NotFound': 'NotFound',
    // Not on that page. CreateNatGateway says the first of an address, calls with a list of groups the second.
    'InvalidElasticIpID.NotFound': 'NotFound',
    'InvalidSecurityGroupID.NotFound': 'NotFound',
    // Made before with other values, and not shown yet: it is looked for, and then changed or replaced.
    IdempotentParameterMismatch: 'NotYet',
    'InvalidSubnet.Conflict': 'Conflict',
    'InvalidGroup.Duplicate': 'Conflict',
    'InvalidPermission.Duplicate': 'Conflict',
    RouteAlreadyExists: 'Conflict',
    'Resource.AlreadyAssociated': 'Conflict',
    FlowLogAlreadyExists: 'Conflict',
    'InvalidLaunchTemplateName.AlreadyExistsException': 'Conflict',
    DependencyViolation: 'Blocked',
    'InvalidIPAddress.InUse': 'Blocked',
    'InvalidNetworkInterface.InUse': 'Blocked',
    'InvalidGroup.InUse': 'Blocked',
    IncorrectState: 'Busy',
    InvalidParameter: 'Invalid',
    InvalidParameterValue: 'Invalid',
    InvalidParameterCombination: 'Invalid',
    MissingParameter: 'Invalid',
    'InvalidVpc.Range': 'Invalid',
    'InvalidSubnet.Range': 'Invalid',
    VpcLimitExceeded: 'Quota',
    SubnetLimitExceeded: 'Quota',
    InternetGatewayLimitExceeded: 'Quota',
    AddressLimitExceeded: 'Quota',
    NatGatewayLimitExceeded: 'Quota',
    RouteTableLimitExceeded: 'Quota',
    RouteLimitExceeded: 'Quota',
    SecurityGroupLimitExceeded: 'Quota',
    RulesPerSecurityGroupLimitExceeded: 'Quota',
    FlowLogsLimitExceeded: 'Quota',
    VpcEndpointLimitExceeded: 'Quota',
    TagLimitExceeded: 'Quota',
    Unavailable: 'Transient',
  },
  'CloudWatch Logs': {
    ResourceNotFoundException: 'NotFound',
    ResourceAlreadyExistsException: 'Conflict',
    // "Multiple concurrent requests to update the same resource were in conflict."
    OperationAbortedException: 'Busy',
    InvalidParameterException: 'Invalid',
    ValidationException: 'Invalid',
    InvalidOperationException: 'Invalid',
    TooManyTagsException: 'Invalid',
    LimitExceededException: 'Quota',
    ConflictException: 'Busy',
    ServiceQuotaExceededException: 'Quota',
    InternalServerException: 'Transient',
  },
  ACM: {
    ResourceNotFoundException: 'NotFound',
    InvalidArnException: 'NotFound',
    ResourceInUseException: 'Blocked',
    RequestInProgressException: 'Busy',
    ConflictException: 'Busy',
    LimitExceededException: 'Quota',
    ServiceQuotaExceededException: 'Quota',
    InternalServerException: 'Transient',
    InvalidParameterException: 'Invalid',
    InvalidArgsException: 'Invalid',
    InvalidDomainValidationOptionsException: 'Invalid',
    InvalidStateException: 'Invalid',
    InvalidTagException: 'Invalid',
    TagPolicyException: 'Invalid',
    TooManyTagsException: 'Invalid',
    ValidationException: 'Invalid',
  },
  // As the SDK names them and as they are on the wire. Of both services so far the errors of subnet groups.
  RDS: {
    DBSubnetGroupNotFoundFault: 'NotFound',
    DBSubnetGroupAlreadyExistsFault: 'Conflict',
    DBSubnetGroupAlreadyExists: 'Conflict',
    InvalidDBSubnetGroupStateFault: 'Blocked',
    InvalidDBSubnetStateFault: 'Busy',
    SubnetAlreadyInUse: 'Blocked',
    // A subnet that was made a moment ago is not known everywhere yet: that passes.
    InvalidSubnet: 'Unknown',
    DBSubnetGroupDoesNotCoverEnoughAZs: 'Invalid',
    InvalidParameterValue: 'Invalid',
    InvalidParameterCombination: 'Invalid',
    DBSubnetGroupQuotaExceededFault: 'Quota',
    DBSubnetGroupQuotaExceeded: 'Quota',
    DBSubnetQuotaExceededFault: 'Quota',
  },
  ElastiCache: {
    CacheSubnetGroupNotFoundFault: 'NotFound',
    CacheSubnetGroupAlreadyExistsFault: 'Conflict',
    CacheSubnetGroupAlreadyExists: 'Conflict',
    CacheSubnetGroupInUse: 'Blocked',
    // The role is made before: it is not known there yet.
    ServiceLinkedRoleNotFoundFault: 'NotYet',
    SubnetInUse: 'Blocked',
    // Of a tag that is to go: what was read is old.
    TagNotFoundFault: 'NotYet',
    InvalidSubnet: 'Unknown',
    SubnetNotAllowedFault: 'Invalid',
    InvalidParameterValue: 'Invalid',
    InvalidParameterValueException: 'Invalid',
    InvalidARNFault: 'Invalid',
    CacheSubnetGroupQuotaExceededFault: 'Quota',
    CacheSubnetGroupQuotaExceeded: 'Quota',
    CacheSubnetQuotaExceededFault: 'Quota',
    TagQuotaPerResourceExceeded: 'Quota',
  },
  // As the SDK names them and as they are on the wire; of both APIs what listings and removals are answered with.
  'Elastic Load Balancing v2': {
    LoadBalancerNotFoundException: 'NotFound',
    LoadBalancerNotFound: 'NotFound',
    TargetGroupNotFoundException: 'NotFound',
    TargetGroupNotFound: 'NotFound',
    // "A specified resource is in use."
    ResourceInUseException: 'Blocked',
    ResourceInUse: 'Blocked',
    // "This operation is not allowed", as the removal of a load balancer with deletion protection.
    OperationNotPermittedException: 'Blocked',
    OperationNotPermitted: 'Blocked',
    ValidationError: 'Invalid',
  },
  'Elastic Load Balancing': {
    AccessPointNotFoundException: 'NotFound',
    LoadBalancerNotFound: 'NotFound',
    DependencyThrottleException: 'Throttled',
    DependencyThrottle: 'Throttled',
    ValidationError: 'Invalid',
  },
  'Route 53': {
    NoSuchHostedZone: 'NotFound',
    NoSuchChange: 'NotFound',
    HostedZoneAlreadyExists: 'Conflict',
    // One change of a zone at a time.
    PriorRequestNotComplete: 'Busy',
    ConcurrentModification: 'Busy',
    HostedZoneNotEmpty: 'Blocked',
    InvalidChangeBatch: 'Invalid',
    InvalidDomainName: 'Invalid',
    InvalidArgument: 'Invalid',
    InvalidInput: 'Invalid',
    LimitsExceeded: 'Quota',
    ConflictingDomainExists: 'Invalid',
    // "There is a limit to the number of hosted zones that have the same name."
    DelegationSetNotAvailable: 'Quota',
    TooManyHostedZones: 'Quota',
  },
  IAM: {
    NoSuchEntityException: 'NotFound',
    // The name is taken, which the adaptor that creates tells apart.
    EntityAlreadyExistsException: 'Conflict',
    DeleteConflictException: 'Blocked',
    ConcurrentModificationException: 'Busy',
    EntityTemporarilyUnmodifiableException: 'Busy',
    // Of a service-linked role: it is AWS's own.
    UnmodifiableEntityException: 'Conflict',
    MalformedPolicyDocumentException: 'Invalid',
    InvalidInputException: 'Invalid',
    ValidationError: 'Invalid',
    PolicyNotAttachableException: 'Invalid',
    ServiceNotSupportedException: 'Invalid',
    LimitExceededException: 'Quota',
    // IAM could not reach the issuer, which a new cluster's may not be everywhere yet.
    OpenIdIdpCommunicationErrorException: 'Transient',
    ServiceFailureException: 'Transient',
  },
  STS: {
    RegionDisabledException: 'Denied',
    MalformedPolicyDocument: 'Invalid',
    MalformedPolicyDocumentException: 'Invalid',
  },
  'Resource Groups Tagging API': {
    InvalidParameterException: 'Unknown',
    PaginationTokenExpiredException: 'Transient',
  },
};

const EC2_CODES = new Map(
  Object.entries(SERVICES.EC2 ?? {}).map(([code, errorClass]) => [code.toLowerCase(), errorClass]),
);

/** What a text says, what that means, and for people what AWS leaves out: where it comes from and what helps. */
type TextRow = readonly [says: RegExp, is: ErrorClass, hint?: string];

/**
 * What EKS says with InvalidRequestException. Amazon EKS API Reference: "The request is invalid given the state of the
 * cluster"; but it says so of missing rights too, and of requests that no state makes right. A state that passes is named:
 * "Cluster 'shop' is not in ACTIVE status", "… is currently in CREATING state". The mode of authentication is one that the
 * cluster's own node changes ("must be set to one of [API, …] to perform this operation"). What two fields say twice is the
 * spec's ("Cannot specify instance types in launch template and API Request", "Version and ReleaseVersion updates cannot be
 * combined with other updates"). That a tag of its own is none comes from what the account has its instances show (eksctl-io/eksctl
 * issues 7948 and 8446). All else is Unknown: a state may pass that has no text here, so it is tried again, and shown.
 */
const EKS_REFUSALS: readonly TextRow[] = [
  [/not authorized|authorization failure/i, 'Denied'],
  [/not in ACTIVE|\b(PENDING|CREATING|UPDATING|DELETING)\b|in progress/, 'Busy'],
  [/authentication mode must be set/i, 'Busy'],
  [/cannot specify|cannot be combined/i, 'Invalid'],
  [
    /is not a valid tag key/,
    'Invalid',
    'instances show their tags in their metadata, by a default of the account or its organization, and those of EKS do not fit there: aws ec2 modify-instance-metadata-defaults --instance-metadata-tags no-preference',
  ],
];

const EKS_TEXTS: Readonly<Record<string, readonly TextRow[]>> = {
  InvalidRequestException: EKS_REFUSALS,
  // Sometimes EKS says it so (terraform-provider-aws, internal/service/eks/cluster.go).
  ClientException: [[/No cluster found for name/, 'NotFound']],
};

/** Of keys that STS does not know (terraform-provider-aws issue 32549, aws-nuke issue 1062). */
const UNKNOWN_KEYS: readonly TextRow[] = [
  [/^/, 'Denied', 'or the region is not enabled in the account that asks'],
];

/** What of a service has a table of texts; `service` as the SDK calls it. */
const TEXTS: Readonly<Record<string, Readonly<Record<string, readonly TextRow[]>>>> = {
  EKS: EKS_TEXTS,
  // Its role of a moment ago (terraform-aws-modules/terraform-aws-rds issue 364, crossplane-contrib/provider-aws issue 479).
  RDS: {
    InvalidParameterValue: [
      [/Missing necessary credentials/i, 'NotYet', 'its service-linked role is not known there yet'],
    ],
  },
  STS: { InvalidClientTokenId: UNKNOWN_KEYS, UnrecognizedClientException: UNKNOWN_KEYS },
};

/**
 * A call that was signed by a clock which has been set meanwhile, and nothing that is wrong with the keys: the SDK learns AWS's
 * time from the answer. AWS IAM User Guide, "Troubleshoot Signature Version 4 signing issues": "Signature expired: … is now
 * earlier than …", "Signature not yet current: … is still later than …".
 */
const SIGNED_AT_ANOTHER_TIME: readonly TextRow[] = [[/^Signature (expired|not yet current)/, 'Transient']];

const COMMON_TEXTS: Readonly<Record<string, readonly TextRow[]>> = {
  SignatureDoesNotMatch: SIGNED_AT_ANOTHER_TIME,
  InvalidSignatureException: SIGNED_AT_ANOTHER_TIME,
};

/** Where a code means many things, what its text tells; undefined: the code does. */
export function rowByText(service: string, code: string, text: string): TextRow | undefined {
  const texts = memberOf(memberOf(TEXTS, service) ?? {}, code) ?? memberOf(COMMON_TEXTS, code);
  return texts?.find(([says]) => says.test(text));
}

/** What the tables say of a code; `service` as the SDK calls it. */
export function listedClass(service: string, code: string): ErrorClass | undefined {
  const ofService =
    service === 'EC2' ? EC2_CODES.get(code.toLowerCase()) : memberOf(memberOf(SERVICES, service) ?? {}, code);
  return ofService ?? memberOf(COMMON, code);
}

/**
 * Amazon EC2 Developer Guide, "Ensuring idempotency in Amazon EC2 API requests": the token was used with other parameters. Amazon
 * Route 53 API Reference, CreateHostedZone: a zone was made with this caller reference. What was made so may be gone.
 */
const TOKEN_USED: Readonly<Record<string, string>> = {
  EC2: 'IdempotentParameterMismatch',
  'Route 53': 'HostedZoneAlreadyExists',
};

/** Whether a create is refused so because its token has served. */
export function isTokenUsed(service: string, code: string): boolean {
  return memberOf(TOKEN_USED, service)?.toLowerCase() === code.toLowerCase();
}

/** Whether any service answers with it. */
export function isCommon(code: string): boolean {
  return memberOf(COMMON, code) !== undefined;
}

/** A code may be any word, also one that every object has a member of. */
function memberOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
