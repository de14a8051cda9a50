import type { Answer, Call } from './overlay.ts';
import { errorAnswer, successAnswer } from './wire.ts';

/** The service's answer to a read of the tags of what has none; undefined for any other call. */
export function untagged(call: Call): Answer | undefined {
  switch (`${call.service}:${call.operation}`) {
    case 'sqs:ListQueueTags':
      return successAnswer(call, {});
    case 'sns:ListTagsForResource':
      return successAnswer(call, '<Tags/>');
    case 's3:GetBucketTagging':
      // Amazon S3 API Reference, GetBucketTagging: NoSuchTagSet.
      return errorAnswer(call, {
        status: 404,
        code: 'NoSuchTagSet',
        message: 'The TagSet does not exist',
        fields: { BucketName: call.resource },
      });
    default:
      return undefined;
  }
}
