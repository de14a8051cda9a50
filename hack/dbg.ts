import { bucketFields } from '../test/faults/fields/bucket.ts';
import { environmentFields } from '../test/faults/fields/environment.ts';
import { queueFields } from '../test/faults/fields/queue.ts';
import { topicFields } from '../test/faults/fields/topic.ts';
import { groupedFields } from '../test/faults/fields/field.ts';
import { CALL_FAULTS, disturbed } from '../test/faults/calls/faults.ts';
import { BUCKET_STORIES, ENVIRONMENT_STORIES, QUEUE_STORIES, TOPIC_STORIES } from '../test/faults/stories/all.ts';
import { undisturbed } from '../test/support/story.ts';
import { startWorld } from '../test/support/world.ts';

const [which = 'm', pattern = '.', faultPattern = '.'] = process.argv.slice(2);
const world = await startWorld();
const sets: any = {
  m: [...QUEUE_STORIES, ...TOPIC_STORIES, ...groupedFields(queueFields), ...groupedFields(topicFields)],
  s: [...ENVIRONMENT_STORIES, ...BUCKET_STORIES, ...groupedFields(environmentFields), ...groupedFields(bucketFields)],
};
const t0 = performance.now();
try {
  for (const story of sets[which].filter((s: any) => new RegExp(pattern).test(s.name))) {
    let t = performance.now();
    try {
      const reference = await undisturbed(world, story);
      console.log(`# ${story.name} undisturbed ${(performance.now() - t).toFixed()} ms ops ${reference.operations.length} writes ${reference.writes.length}`);
      for (const fault of CALL_FAULTS.filter(f => new RegExp(faultPattern).test(f.name))) {
        t = performance.now();
        try {
          const r = await disturbed(world, reference, reference.operations, fault);
          console.log(`${r.difference === undefined ? 'ok  ' : 'FAIL'} ${fault.name} ${(performance.now() - t).toFixed()} ms met ${r.met} looks ${r.looks} ${(r.difference ?? '').slice(0, 2500)}`);
        } catch (e) {
          console.log(`THROW ${fault.name} ${(performance.now() - t).toFixed()} ms ${String(e).slice(0, 2500)}`);
          world.bench.gateway.clearFaults();
        }
      }
    } catch (e) {
      console.log(`# ${story.name} FAILED`, String(e).slice(0, 2000));
    }
  }
} finally {
  console.log('total', ((performance.now() - t0) / 1000).toFixed(), 's');
  await world.stop();
  process.exit(0);
}
