/** Launch templates and their versions. */
import { type BenchContext, type Call, type Overlay, textField } from '../../overlay.ts';
import {
  childOf,
  dropChild,
  element,
  itemsOf,
  parseXml,
  putChild,
  textAt,
  writeXml,
  type XmlElement,
} from '../../xml-tree.ts';
import { ask, changed, list, listField, refuse } from './ask.ts';

/** Versions by template id that were deleted: the emulator cannot delete them. */
function deletedVersions({ state }: BenchContext, templateId: string): Set<string> {
  const key = `ec2:launch-template:${templateId}`;
  const known = state.get(key);
  if (known instanceof Set) return known;
  const fresh = new Set<string>();
  state.set(key, fresh);
  return fresh;
}

/** The template that the call names by id or by name. */
async function templateOf(call: Call, bench: BenchContext): Promise<XmlElement | undefined> {
  const id = textField(call, 'LaunchTemplateId');
  const name = textField(call, 'LaunchTemplateName');
  const input = id === '' ? { 'LaunchTemplateName.1': name } : { 'LaunchTemplateId.1': id };
  const { status, root } = await ask(bench, call, 'DescribeLaunchTemplates', input);
  return status === 200 ? itemsOf(root, 'launchTemplates')[0] : undefined;
}

function notFound(call: Call, bench: BenchContext, id: string, name: string) {
  const message = 'The specified launch template, with template';
  if (id !== '')
    return refuse(call, bench, 'InvalidLaunchTemplateId.NotFound', `${message} ID ${id}, does not exist.`);
  const code = 'InvalidLaunchTemplateName.NotFoundException';
  return refuse(call, bench, code, `${message} name ${name}, does not exist.`);
}

const absent: Overlay = {
  service: 'ec2',
  operation: 'DescribeLaunchTemplates',
  source:
    '"Error codes for the Amazon EC2 API": InvalidLaunchTemplateId.NotFound, InvalidLaunchTemplateName.NotFoundException',
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const found = itemsOf(parseXml(answer.body.toString('utf8')), 'launchTemplates');
    const id = listField(call, 'LaunchTemplateId').find(
      one => !found.some(item => textAt(item, 'launchTemplateId') === one),
    );
    const name = listField(call, 'LaunchTemplateName').find(
      one => !found.some(item => textAt(item, 'launchTemplateName') === one),
    );
    if (id === undefined && name === undefined) return undefined;
    return notFound(call, bench, id ?? '', name ?? '');
  },
};

const currentTags: Overlay = {
  service: 'ec2',
  operation: 'DescribeLaunchTemplates',
  source: 'EC2 API, LaunchTemplate: tags (the emulator shows those of the create)',
  async after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const all = await list(bench, call, 'DescribeTags', 'tagSet', { 'resource-type': 'launch-template' });
    return changed(
      answer,
      root => {
        for (const template of itemsOf(root, 'launchTemplates')) {
          const own = all.filter(tag => textAt(tag, 'resourceId') === textAt(template, 'launchTemplateId'));
          const tags = own.map(tag =>
            element('item', [element('key', textAt(tag, 'key')), element('value', textAt(tag, 'value'))]),
          );
          putChild(template, element('tagSet', tags));
        }
      },
      writeXml,
    );
  },
};

const versionOfNone: Overlay = {
  service: 'ec2',
  operation: [
    'CreateLaunchTemplateVersion',
    'DeleteLaunchTemplate',
    'DeleteLaunchTemplateVersions',
    'DescribeLaunchTemplateVersions',
    'ModifyLaunchTemplate',
  ],
  source: absent.source,
  async before(call, bench) {
    const id = textField(call, 'LaunchTemplateId');
    const name = textField(call, 'LaunchTemplateName');
    if ((id === '' && name === '') || (await templateOf(call, bench)) !== undefined) return undefined;
    return notFound(call, bench, id, name);
  },
};

const deleteVersions: Overlay = {
  service: 'ec2',
  operation: 'DeleteLaunchTemplateVersions',
  source: `EC2 API, DeleteLaunchTemplateVersions: "You can't delete the default version of a launch template"; LaunchTemplateErrorCode`,
  async before(call, bench) {
    const template = await templateOf(call, bench);
    const id = textAt(template, 'launchTemplateId');
    const deleted = deletedVersions(bench, id);
    const gone: XmlElement[] = [];
    const kept: XmlElement[] = [];
    for (const version of listField(call, 'LaunchTemplateVersion')) {
      const named = [element('launchTemplateId', id), element('versionNumber', version)];
      const problem = problemOf(template, deleted, version);
      if (problem === undefined) {
        deleted.add(version);
        gone.push(element('item', named));
      } else {
        kept.push(element('item', [...named, element('responseError', [element('code', problem)])]));
      }
    }
    return bench.success(
      call,
      writeXml(element('successfullyDeletedLaunchTemplateVersionSet', gone)) +
        writeXml(element('unsuccessfullyDeletedLaunchTemplateVersionSet', kept)),
    );
  },
};

function problemOf(template: XmlElement | undefined, deleted: ReadonlySet<string>, version: string) {
  const exists = Number(version) <= Number(textAt(template, 'latestVersionNumber')) && !deleted.has(version);
  if (!exists) return 'launchTemplateVersionDoesNotExist';
  return version === textAt(template, 'defaultVersionNumber') ? 'unexpectedError' : undefined;
}

const describeVersions: Overlay = {
  service: 'ec2',
  operation: 'DescribeLaunchTemplateVersions',
  source: deleteVersions.source,
  after(_call, answer, bench) {
    if (answer.status !== 200) return undefined;
    return changed(
      answer,
      root => {
        const set = childOf(root, 'launchTemplateVersionSet');
        if (set === undefined) return;
        for (const version of set.children) dropOwnTags(version);
        set.children = set.children.filter(
          item =>
            !deletedVersions(bench, textAt(item, 'launchTemplateId')).has(textAt(item, 'versionNumber')),
        );
      },
      writeXml,
    );
  },
};

/** Tags of the template itself are none of what is launched from it (CreateLaunchTemplate: TagSpecifications). */
function dropOwnTags(version: XmlElement): void {
  const data = childOf(version, 'launchTemplateData');
  const tags = childOf(data, 'tagSpecificationSet');
  if (data === undefined || tags === undefined) return;
  tags.children = tags.children.filter(one => textAt(one, 'resourceType') !== 'launch-template');
  if (tags.children.length === 0) dropChild(data, 'tagSpecificationSet');
}

const noSource: Overlay = {
  service: 'ec2',
  operation: 'CreateLaunchTemplateVersion',
  source: 'none: the emulator would make the version without what it is to inherit',
  before(call, bench) {
    if (textField(call, 'SourceVersion') === '') return undefined;
    const message = 'The test bench has no CreateLaunchTemplateVersion with SourceVersion';
    return bench.error(call, { status: 501, code: 'NotImplementedByBench', message });
  },
};

export const launchTemplateOverlays: Overlay[] = [
  versionOfNone,
  noSource,
  deleteVersions,
  absent,
  currentTags,
  describeVersions,
];
